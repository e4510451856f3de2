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
const MOST_UNKNOWN_NAMES = 10_000;

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

interface Failures {
  count: number;
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

  async function countFailure(name: string, client: Client, user: User | undefined): Promise<void> {
    if (user === undefined) {
      const failures = unknown.get(name) ?? { count: 0, lockedUntilMs: 0 };
      failures.count += 1;
      failures.lockedUntilMs = clock.nowMs() + lockDelayMs(failures.count);
      unknown.delete(name);
      unknown.set(name, failures);
      for (const oldest of unknown.keys()) {
        if (unknown.size <= MOST_UNKNOWN_NAMES) break;
        unknown.delete(oldest);
      }
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
  async function countSuccess(user: User): Promise<User | undefined> {
    for (;;) {
      const found = await records.get(machinery.scope, 'users', user.id);
      // Disabled, or given another password, between the check and now.
      if (!found || !found.value.enabled || found.value.passwordHash !== user.passwordHash) return undefined;
      const { lockedUntil: _lockedUntil, ...kept } = found.value;
      const value: User = { ...kept, failedLogins: 0, lastLoginAt: iso(clock.nowMs()) };
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
        const lockedUntilMs = found
          ? Date.parse(found.lockedUntil ?? iso(0))
          : (unknown.get(folded)?.lockedUntilMs ?? 0);
        if (nowMs < lockedUntilMs)
          return fail(fault('too_many_requests', { seconds: Math.ceil((lockedUntilMs - nowMs) / 1000) }));
        const right = await isPassword(password, found?.passwordHash);
        const user = right && found?.enabled ? await countSuccess(found) : undefined;
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
