/** What a new password must be, told while it is typed; the server decides. */
export interface PasswordRule {
  readonly key: 'length' | 'name' | 'same';
  readonly met: boolean;
}

export const PASSWORD_LEAST = 12;

export function passwordRules(password: string, name: string, repeated: string): PasswordRule[] {
  const folded = password.toLowerCase();
  const account = name.trim().toLowerCase();
  return [
    { key: 'length', met: [...password].length >= PASSWORD_LEAST },
    { key: 'name', met: password !== '' && (account.length < 3 || !folded.includes(account)) },
    { key: 'same', met: password !== '' && password === repeated },
  ];
}

/** The token of a set-up link's fragment; a fragment never reaches a server or its log. */
export function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
}
