/** Signing in: the check of name and password, with a growing delay after failures, and nothing told by time or words. */
import { iso } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import { fold } from '#kernel/query/fold.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { User } from '#kernel/schema/account.js';
import { authorizeSystem } from '../access/authorize.js';
import type { Accounts } from './accounts.js';
import type { Client, IdentityParts } from './parts.js';
import { isPassword } from './passwords.js';
import type { OpenedSession, Sessions } from './sessions.js';

/** Failures that are free; each further one doubles the delay. */
const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 15 * 60_000;
const MOST_REMEMBERED = 10_000;
const MOST_ADDRESSES = 10;

/** How long an account is locked after so many failures in a row, milliseconds. */
export function lockDelayMs(failures: number): number {
  return failures < FREE_FAILURES
    ? 0
    : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES));
}

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

export interface SignIn {
  /** Faults `bad_credentials`, `too_many_requests` (locked; `seconds` to wait). `previous` is a token that ends with it. */
  signIn(
    credentials: Credentials,
    client: Client,
    previous?: string,
  ): Promise<Result<OpenedSession & { readonly user: User }>>;
}

function pairOf(name: string, address: string): string {
  return `${address} ${name}`;
}

interface Failures {
  count: number;
  /** Of the password that they missed: a new one begins anew. */
  readonly of: string | undefined;
  lockedUntilMs: number;
}

export function createSignIn(
  { records, audit, clock }: IdentityParts,
  accounts: Accounts,
  sessions: Sessions,
): SignIn {
  const machinery = authorizeSystem('sign-in');
  /** Names without an account are locked just the same, so that the lock does not tell which exist. */
  const unknown = new Map<string, Failures>();
  /** By name and address: of an address that an account signed in from before, this alone counts. */
  const pairs = new Map<string, Failures>();
  const turns = new Map<string, Promise<unknown>>();

  /** One try at a time for a name: many at once would all pass before the first failure is counted. */
  function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const mine = (turns.get(name) ?? Promise.resolve()).then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    turns.set(name, settled);
    void settled.then(() => turns.get(name) === settled && turns.delete(name));
    return mine;
  }

  function refusal(name: string, client: Client, user: User | undefined, why: string): AuditNote {
    return {
      actor: { kind: 'user', id: user?.id ?? 'unknown', name: name.slice(0, 64), address: client.address },
      action: 'session.refused',
      target: user ? `users/${user.id}` : 'users/unknown',
      result: 'refused',
      detail: { why },
    };
  }

  function remember(among: Map<string, Failures>, key: string, of?: string): void {
    const known = among.get(key);
    const failures = known && known.of === of ? known : { count: 0, lockedUntilMs: 0, of };
    failures.count += 1;
    failures.lockedUntilMs = clock.nowMs() + lockDelayMs(failures.count);
    among.delete(key);
    among.set(key, failures);
    for (const oldest of among.keys()) {
      if (among.size <= MOST_REMEMBERED) break;
      among.delete(oldest);
    }
  }

  /**
   * The lock of the name holds everywhere but at addresses that its owner is known to use, so that nobody can keep him out
   * by guessing from elsewhere.
   */
  function lockedUntilMs(name: string, { address }: Client, user: User | undefined): number {
    const tried = pairs.get(pairOf(name, address));
    const pair = tried && tried.of === user?.passwordHash ? tried.lockedUntilMs : 0;
    if (user === undefined) return Math.max(pair, unknown.get(name)?.lockedUntilMs ?? 0);
    if (user.knownAddresses?.includes(address)) return pair;
    return Math.max(pair, Date.parse(user.lockedUntil ?? iso(0)));
  }

  async function countFailure(name: string, client: Client, user: User | undefined): Promise<void> {
    remember(pairs, pairOf(name, client.address), user?.passwordHash);
    if (user === undefined) {
      remember(unknown, name);
      return audit.note(refusal(name, client, undefined, 'bad_credentials'));
    }
    for (;;) {
      const found = await records.get(machinery.scope, 'users', user.id);
      if (!found) return;
      const failedLogins = found.value.failedLogins + 1;
      const delay = lockDelayMs(failedLogins);
      const value: User = {
        ...found.value,
        failedLogins,
        ...(delay > 0 && { lockedUntil: iso(clock.nowMs() + delay) }),
      };
      const outcome = await audit.write(
        machinery.scope,
        [{ kind: 'replace', collection: 'users', value, version: found.version }],
        [refusal(name, client, user, user.enabled ? 'bad_credentials' : 'disabled')],
      );
      if (outcome.ok) return;
    }
  }

  /** Clears the failures; the account as it is then. */
  async function countSuccess(user: User, name: string, { address }: Client): Promise<User | undefined> {
    pairs.delete(pairOf(name, address));
    for (;;) {
      const found = await records.get(machinery.scope, 'users', user.id);
      // Disabled, or given another password, between the check and now.
      if (!found || !found.value.enabled || found.value.passwordHash !== user.passwordHash) return undefined;
      const { lockedUntil: _lockedUntil, ...kept } = found.value;
      const others = (kept.knownAddresses ?? []).filter((known) => known !== address);
      const knownAddresses = [address, ...others].slice(0, MOST_ADDRESSES);
      const value: User = { ...kept, failedLogins: 0, lastLoginAt: iso(clock.nowMs()), knownAddresses };
      const outcome = await records.write(machinery.scope, [
        { kind: 'replace', collection: 'users', value, version: found.version },
      ]);
      if (outcome.ok) return value;
    }
  }

  return {
    signIn({ name, password }, client, previous) {
      const folded = fold(name.normalize('NFKC')).slice(0, 64);
      return inTurn(folded, async () => {
        const found = (await accounts.byName(name))?.value;
        const nowMs = clock.nowMs();
        const untilMs = lockedUntilMs(folded, client, found);
        if (nowMs < untilMs)
          return fail(fault('too_many_requests', { seconds: Math.ceil((untilMs - nowMs) / 1000) }));
        const right = await isPassword(password, found?.passwordHash);
        const user = right && found?.enabled ? await countSuccess(found, folded, client) : undefined;
        if (!user) {
          await countFailure(folded, client, found);
          return fail(fault('bad_credentials'));
        }
        sessions.forget(user.id);
        return ok({ ...(await sessions.open(user, client, previous)), user });
      });
    },
  };
}
