/** All identity services over one set of parts. */
import { createAccounts, type Accounts } from './accounts.js';
import { createKeys, type Keys } from './keys.js';
import type { IdentityParts } from './parts.js';
import { createSessions, type Sessions } from './sessions.js';
import { createSetup, type Setup } from './setup.js';
import { createSignIn, type SignIn } from './sign-in.js';

export interface Identity {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly keys: Keys;
  readonly setup: Setup;
  readonly signIn: SignIn['signIn'];
}

export function createIdentity(parts: IdentityParts): Identity {
  const sessions = createSessions(parts);
  const accounts = createAccounts(parts, sessions);
  return {
    accounts,
    sessions,
    keys: createKeys(parts),
    setup: createSetup(parts, accounts, sessions),
    signIn: createSignIn(parts, accounts, sessions).signIn,
  };
}
