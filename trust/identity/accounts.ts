/** Accounts: made, changed, reset and locked here, each with its audit entry in the same write. */
import { iso } from '#kernel/clock.js';
import { fault, type Fault } from '#kernel/errors.js';
import type { Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import { and, equals } from '#kernel/query/ast.js';
import { fold } from '#kernel/query/fold.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { User } from '#kernel/schema/account.js';
import { isUnitPath, LIVE, ROOT_UNIT, type Classification } from '#kernel/scope.js';
import type { Role } from '#kernel/vocabulary.js';
import { authorizeSystem, type Grant } from '../access/authorize.js';
import { roleConflict } from '../access/roles.js';
import type { IdentityParts } from './parts.js';
import { hashPassword, isPassword, passwordProblem } from './passwords.js';
import { reachProblem } from './reach.js';
import type { Sessions } from './sessions.js';

export interface NewAccount {
  readonly name: string;
  readonly displayName: string;
  readonly password: string;
  readonly roles: readonly Role[];
  readonly units: readonly string[];
  readonly realms: readonly string[];
  readonly ceiling: Classification;
}

export type AccountChange = Partial<Omit<NewAccount, 'name'>> & { readonly enabled?: boolean };

/** Everything that makes an account, to be written in one group. */
export interface AccountDraft {
  readonly user: User;
  readonly operations: readonly WriteOperation[];
  readonly note: AuditNote;
}

export interface Accounts {
  /** Regardless of case. Undefined where there is none. */
  byName(name: string): Promise<Versioned<User> | undefined>;
  /** Faults `password_weak`, `roles_conflict`, `invalid_unit`, `not_permitted`, `exists`. */
  create(by: Grant, account: NewAccount): Promise<Result<Versioned<User>>>;
  /** The checks of `create` without the write. */
  draft(by: Grant, account: NewAccount): Promise<Result<AccountDraft>>;
  /**
   * Faults as `create`, and `not_found`, `conflict` (the version is not the newest), `last_administrator`. Disabling or
   * a new password ends all sessions of the account.
   */
  change(by: Grant, id: string, version: number, change: AccountChange): Promise<Result<Versioned<User>>>;
  /** A new password for a lost account; enables and unlocks it. Faults `not_found`, `password_weak`. */
  reset(by: Grant, name: string, password: string): Promise<Result<User>>;
  /** The person's own password; `session` stays, all others end. Faults `bad_credentials`, `password_weak`, `conflict`. */
  changePassword(by: Grant, current: string, next: string, session?: string): Promise<Result<User>>;
}

/** The record that makes a name unique: create-only, in the same group as the account. */
export function nameReservation(name: string): string {
  return `account-name:${fold(name.normalize('NFKC'))}`;
}

export function createAccounts({ records, audit, clock, ids }: IdentityParts, sessions: Sessions): Accounts {
  const machinery = authorizeSystem('accounts').scope;
  // Two changes at once could each leave the other as the last administrator.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function byName(name: string): Promise<Versioned<User> | undefined> {
    const reserved = await records.get(machinery, 'settings', nameReservation(name));
    return reserved && records.get(machinery, 'users', JSON.parse(reserved.value.value) as string);
  }

  async function isLastAdministrator({ id, roles, enabled }: User): Promise<boolean> {
    if (!enabled || !roles.includes('system')) return false;
    const { items } = await records.search(machinery, 'users', {
      query: and(equals('roles', 'system'), equals('enabled', true)),
      limit: 2,
    });
    return !items.some(({ value }) => value.id !== id);
  }

  async function draft(by: Grant, account: NewAccount): Promise<Result<AccountDraft>> {
    const problem = accountProblem(by, account) ?? passwordProblem(account.password, account.name);
    if (problem) return fail(problem);
    const user: User = {
      id: ids.next('usr'),
      unit: account.units[0] ?? ROOT_UNIT,
      realm: LIVE,
      classification: 1,
      name: account.name,
      displayName: account.displayName,
      roles: [...account.roles],
      units: [...account.units],
      realms: [...account.realms],
      ceiling: account.ceiling,
      passwordHash: await hashPassword(account.password),
      enabled: true,
      createdAt: iso(clock.nowMs()),
      failedLogins: 0,
    };
    const reservation = {
      id: nameReservation(user.name),
      unit: ROOT_UNIT,
      realm: LIVE,
      classification: 1,
    } as const;
    return ok({
      user,
      operations: [
        { kind: 'create', collection: 'settings', value: { ...reservation, value: JSON.stringify(user.id) } },
        { kind: 'create', collection: 'users', value: user },
      ],
      note: {
        actor: by.actor,
        action: 'user.created',
        target: `users/${user.id}`,
        detail: { name: user.name, roles: user.roles.join(' '), units: user.units.join(' ') },
      },
    });
  }

  /** Replaces an account and ends its sessions where that is due. */
  async function replace(
    by: Grant,
    before: Versioned<User>,
    value: User,
    note: Pick<AuditNote, 'action' | 'detail'>,
    keepSession?: string,
  ): Promise<Result<Versioned<User>>> {
    const outcome = await audit.write(
      machinery,
      [{ kind: 'replace', collection: 'users', value, version: before.version }],
      [{ actor: by.actor, target: `users/${value.id}`, ...note }],
    );
    if (!outcome.ok) return fail(fault('conflict', { what: 'user', id: value.id }));
    sessions.forget(value.id);
    if (!value.enabled || value.passwordHash !== before.value.passwordHash)
      await sessions.revokeAll(value.id, by.actor, keepSession);
    return ok({ value, version: before.version + 1 });
  }

  return {
    byName,
    draft,
    async create(by, account) {
      const drafted = await draft(by, account);
      if (!drafted.ok) return drafted;
      const { user, operations, note } = drafted.value;
      // The machinery's scope, since the name is reserved over all units; `draft` has held the reach against the maker's.
      const outcome = await audit.write(machinery, operations, [note]);
      return outcome.ok
        ? ok({ value: user, version: 1 })
        : fail(fault('exists', { what: 'user', id: user.name }));
    },
    change: (by, id, version, change) =>
      inTurn(async () => {
        const found = await records.get(by.scope, 'users', id);
        if (!found) return fail(fault('not_found', { what: 'user', id }));
        if (found.version !== version) return fail(fault('conflict', { what: 'user', id }));
        const { password, ...rest } = change;
        const before = found.value;
        const after: User = {
          ...before,
          ...(rest.displayName !== undefined && { displayName: rest.displayName }),
          ...(rest.roles && { roles: [...rest.roles] }),
          ...(rest.units && { units: [...rest.units], unit: rest.units[0] ?? ROOT_UNIT }),
          ...(rest.realms && { realms: [...rest.realms] }),
          ...(rest.ceiling !== undefined && { ceiling: rest.ceiling }),
          ...(rest.enabled !== undefined && { enabled: rest.enabled }),
        };
        const problem =
          accountProblem(by, after) ??
          (password === undefined ? undefined : passwordProblem(password, before.name));
        if (problem) return fail(problem);
        if (!(after.enabled && after.roles.includes('system')) && (await isLastAdministrator(before)))
          return fail(fault('last_administrator'));
        if (password !== undefined) {
          after.passwordHash = await hashPassword(password);
          after.failedLogins = 0;
          delete after.lockedUntil;
        }
        return replace(by, found, after, { action: 'user.changed', detail: changesOf(before, after) });
      }),
    reset: (by, name, password) =>
      inTurn(async () => {
        for (;;) {
          const found = await byName(name);
          if (!found) return fail(fault('not_found', { what: 'user', id: name }));
          const problem = passwordProblem(password, found.value.name);
          if (problem) return fail(problem);
          const { lockedUntil: _lockedUntil, ...kept } = found.value;
          const passwordHash = await hashPassword(password);
          const value: User = { ...kept, enabled: true, failedLogins: 0, passwordHash };
          const done = await replace(by, found, value, { action: 'user.reset' });
          if (done.ok) return ok(value);
        }
      }),
    async changePassword(by, current, next, session) {
      const found = await records.get(machinery, 'users', by.actor.id);
      if (!found || !(await isPassword(current, found.value.passwordHash))) {
        // Whoever holds a stolen session guesses here.
        await audit.note({
          actor: by.actor,
          action: 'user.password_refused',
          target: `users/${by.actor.id}`,
          result: 'refused',
        });
        return fail(fault('bad_credentials'));
      }
      const problem = passwordProblem(next, found.value.name);
      if (problem) return fail(problem);
      const value = { ...found.value, passwordHash: await hashPassword(next) };
      const done = await replace(by, found, value, { action: 'user.password_changed' }, session);
      return done.ok ? ok(value) : done;
    },
  };
}

function accountProblem(
  by: Grant,
  account: Pick<User, 'roles' | 'units' | 'ceiling'> | NewAccount,
): Fault | undefined {
  const unit = account.units.find((path) => !isUnitPath(path));
  if (unit !== undefined) return fault('invalid_unit', { unit });
  if (account.units.length === 0)
    return fault('invalid_request', undefined, [
      { message: 'an account needs a unit', at: '/units', remedy: 'give at least one unit path' },
    ]);
  return roleConflict(account.roles) ?? reachProblem(by, account.units, account.ceiling);
}

/** What changed, as small values; of a password only that it did. */
function changesOf(before: User, after: User): Record<string, string | number | boolean> {
  const plain = (user: User) => ({
    displayName: user.displayName,
    roles: user.roles.join(' '),
    units: user.units.join(' '),
    realms: user.realms.join(' '),
    ceiling: user.ceiling,
    enabled: user.enabled,
  });
  const was = plain(before);
  const changed = Object.entries(plain(after)).filter(
    ([name, value]) => was[name as keyof typeof was] !== value,
  );
  return {
    ...Object.fromEntries(changed),
    ...(before.passwordHash !== after.passwordHash && { password: 'changed' }),
  };
}
