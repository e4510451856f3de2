/** The first account: made by whoever holds the one-time token that was printed at start. */
import { fault } from '#kernel/errors.js';
import { ALL } from '#kernel/query/ast.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { User } from '#kernel/schema/account.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { authorizeSystem } from '../access/authorize.js';
import type { Accounts } from './accounts.js';
import type { Client, IdentityParts } from './parts.js';
import { hashSecret, isSecret, newSecret } from './secrets.js';
import type { OpenedSession, Sessions } from './sessions.js';

const TOKEN_SETTING = 'setup-token';

export interface SetupRequest {
  readonly token: string;
  readonly name: string;
  readonly displayName: string;
  readonly password: string;
  readonly unitName: string;
}

export interface Setup {
  /** True while no account exists. */
  isRequired(): Promise<boolean>;
  /** A new token, which takes the place of any earlier one; undefined where the set-up has been done. */
  issueToken(): Promise<string | undefined>;
  /** Faults `setup_done`, `bad_setup_token`, and those of an account. A refused attempt leaves the token as it was. */
  complete(request: SetupRequest, client: Client): Promise<Result<OpenedSession & { readonly user: User }>>;
}

export function createSetup(
  { records, audit, random }: IdentityParts,
  accounts: Accounts,
  sessions: Sessions,
): Setup {
  const machinery = authorizeSystem('setup');
  let done = false;

  async function isRequired(): Promise<boolean> {
    if (!done) done = (await records.search(machinery.scope, 'users', { query: ALL, limit: 1 })).total > 0;
    return !done;
  }

  return {
    isRequired,
    async issueToken() {
      if (!(await isRequired())) return undefined;
      const token = newSecret(random);
      const value = {
        id: TOKEN_SETTING,
        unit: ROOT_UNIT,
        realm: LIVE,
        classification: 1,
        value: JSON.stringify(hashSecret(token)),
      } as const;
      const before = await records.get(machinery.scope, 'settings', TOKEN_SETTING);
      await records.write(machinery.scope, [
        before
          ? { kind: 'replace', collection: 'settings', value, version: before.version }
          : { kind: 'create', collection: 'settings', value },
      ]);
      return token;
    },
    async complete({ token, unitName, ...account }, client) {
      if (!(await isRequired())) return fail(fault('setup_done'));
      const stored = await records.get(machinery.scope, 'settings', TOKEN_SETTING);
      if (!stored || !isSecret(token, JSON.parse(stored.value.value) as string)) {
        await audit.note({
          actor: { ...machinery.actor, address: client.address },
          action: 'setup.refused',
          target: 'settings/setup-token',
          result: 'refused',
        });
        return fail(fault('bad_setup_token'));
      }
      const drafted = await accounts.draft(machinery, {
        ...account,
        roles: ['system', 'lead'],
        units: [ROOT_UNIT],
        realms: [LIVE],
        ceiling: 3,
      });
      if (!drafted.ok) return drafted;
      const { user, operations, note } = drafted.value;
      const top = await records.get(machinery.scope, 'units', ROOT_UNIT);
      const unit = {
        id: ROOT_UNIT,
        unit: ROOT_UNIT,
        realm: LIVE,
        classification: 1,
        name: unitName,
        level: top?.value.level ?? 'department',
      } as const;
      // Removing the token in the same group is what makes it good for one account only.
      const outcome = await audit.write(
        machinery.scope,
        [
          { kind: 'remove', collection: 'settings', id: TOKEN_SETTING, version: stored.version },
          ...operations,
          top
            ? { kind: 'replace', collection: 'units', value: unit, version: top.version }
            : { kind: 'create', collection: 'units', value: unit },
        ],
        [{ ...note, actor: { ...machinery.actor, address: client.address }, action: 'setup.completed' }],
      );
      if (!outcome.ok) return fail(fault('setup_done'));
      done = true;
      return ok({ ...(await sessions.open(user, client)), user });
    },
  };
}
