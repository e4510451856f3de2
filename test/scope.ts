/** Scopes for tests, made by the same door as everywhere. */
import type { Classification, Realm, Scope, UnitPath } from '#kernel/scope.js';
import { authorize, authorizeSystem } from '#trust/access/authorize.js';

export interface ScopeWish {
  readonly units?: readonly UnitPath[];
  readonly ceiling?: Classification;
  readonly realm?: Realm | '*';
}

/** Default: all units, ceiling 3, realm `live`. Realm `*` gives the machinery's scope. */
export function testScope({ units = ['/'], ceiling = 3, realm = 'live' }: ScopeWish = {}): Scope {
  if (realm === '*') return authorizeSystem('test').scope;
  const user = {
    ...{
      id: 'usr_test',
      unit: '/',
      realm: 'live',
      classification: 1 as const,
      name: 'test',
      displayName: 'Test',
    },
    ...{ roles: ['viewer' as const], units: [...units], realms: [realm], ceiling, enabled: true },
    ...{ passwordHash: '', failedLogins: 0, createdAt: '2026-01-01T00:00:00.000Z' },
  };
  const grant = authorize({ kind: 'user', user }, 'events:read', { realm });
  if (!grant.ok) throw new Error(`test scope refused: ${grant.fault.code}`);
  return grant.value.scope;
}
