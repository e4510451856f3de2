/** People and keys for tests: one of every role and scope, signed in. */
import type { User } from '#kernel/schema/account.js';
import { KEY_SCOPES, ROLES, type KeyScope, type Role } from '#kernel/vocabulary.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { TestApp } from './build-app.js';

/** Headers that a request of this principal carries. */
export type Headers = Readonly<Record<string, string>>;
export const SAME_ORIGIN: Headers = { origin: 'http://localhost:80', host: 'localhost:80' };

export const OWN_UNIT = '/a';
export const machinery = authorizeSystem('test');

export async function makeUser(
  app: TestApp,
  roles: readonly Role[],
  more: Partial<User> = {},
): Promise<User> {
  const id = app.ground.ids.next('usr');
  const value: User = {
    id,
    unit: OWN_UNIT,
    realm: 'live',
    classification: 1,
    name: `${roles.join('-')}-${id.slice(-6)}`.toLowerCase(),
    displayName: roles.join(' '),
    roles: [...roles],
    units: [OWN_UNIT],
    realms: ['live'],
    ceiling: 1,
    passwordHash: 'unset',
    enabled: true,
    createdAt: new Date(app.clock.nowMs()).toISOString(),
    failedLogins: 0,
    ...more,
  };
  await app.ground.records.write(machinery.scope, [{ kind: 'create', collection: 'users', value }]);
  return value;
}

export async function signedIn(app: TestApp, user: User): Promise<Headers> {
  const { token } = await app.identity.sessions.open(user, { address: '127.0.0.1', agent: 'test' });
  return { ...SAME_ORIGIN, cookie: `fenghuo_session=${token}` };
}

export async function keyFor(app: TestApp, scope: KeyScope, unit = OWN_UNIT): Promise<Headers> {
  const made = await app.identity.keys.create(machinery, { name: scope, scopes: [scope], unit, ceiling: 1 });
  if (!made.ok) throw new Error(made.fault.code);
  return { authorization: `ApiKey ${made.value.secret}` };
}

/** `role:viewer`, `key:ingest` … with their headers; `anonymous` has none. All belong to this unit, realm live. */
export async function everyone(app: TestApp, unit = OWN_UNIT): Promise<ReadonlyMap<string, Headers>> {
  const all = new Map<string, Headers>([['anonymous', SAME_ORIGIN]]);
  const place = { unit, units: [unit] };
  for (const role of ROLES) all.set(`role:${role}`, await signedIn(app, await makeUser(app, [role], place)));
  for (const scope of KEY_SCOPES) all.set(`key:${scope}`, await keyFor(app, scope, unit));
  return all;
}
