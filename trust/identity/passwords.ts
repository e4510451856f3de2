/** Passwords: what is strong enough, and argon2id for keeping and checking them. */
import { hash, verify } from '@node-rs/argon2';
import { fault, type Fault } from '#kernel/errors.js';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const SHORTEST = 12;
/** A bound, so that nobody makes us hash megabytes. */
const LONGEST = 256;

/** What long but guessable passwords are made of, in lower case. */
const GUESSABLE = [
  'password',
  'passw0rd',
  'p@ssw0rd',
  'qwerty',
  'administrator',
  'letmein',
  'welcome',
  'fenghuo',
];
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
];

/** The fault `password_weak` with its reason, or undefined. */
export function passwordProblem(password: string, name: string): Fault | undefined {
  const weak = (reason: string) => fault('password_weak', { reason });
  const text = password.normalize('NFKC');
  const lower = text.toLowerCase();
  const characters = [...text].length;
  if (characters < SHORTEST) return weak(`it has ${characters} characters, fewer than ${SHORTEST}`);
  if (characters > LONGEST) return weak(`it has more than ${LONGEST} characters`);
  if (name.length > 2 && lower.includes(name.normalize('NFKC').toLowerCase()))
    return weak('it contains the name');
  if (new Set(lower).size < 5) return weak('it repeats a few characters');
  // What remains once the guessable pieces are taken out must still be something.
  let rest = lower;
  for (const piece of GUESSABLE) rest = rest.replaceAll(piece, '');
  for (const row of ROWS) rest = withoutRuns(withoutRuns(rest, row), [...row].reverse().join(''));
  return [...rest].length < 6 ? weak('it is made of common words or rows of keys') : undefined;
}

/** Without the stretches of four and more characters that stand in the row like this. */
function withoutRuns(text: string, row: string): string {
  let kept = '';
  for (let i = 0; i < text.length;) {
    let length = 0;
    while (i + length < text.length && row.includes(text.slice(i, i + length + 1))) length += 1;
    if (length < 4) kept += text.slice(i, i + Math.max(length, 1));
    i += Math.max(length, 1);
  }
  return kept;
}

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), ARGON2ID);
}

let dummy: Promise<string> | undefined;

/**
 * True if the password has this hash. Without a hash (an unknown name) it takes the same time and is false. A password
 * longer than any that is accepted is false.
 */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const text = password.slice(0, LONGEST * 2).normalize('NFKC');
  dummy ??= hash('no account has this password', ARGON2ID);
  try {
    const same = await verify(stored ?? (await dummy), text);
    return same && stored !== undefined && password.length <= LONGEST * 2;
  } catch {
    // A hash that cannot be read is nobody's password.
    return false;
  }
}
