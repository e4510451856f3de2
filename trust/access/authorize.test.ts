import { describe, expect, it } from 'vitest';
import { isVisible } from '#kernel/scope.js';
import { KEY_SCOPES, ROLES, type KeyScope, type Role } from '#kernel/vocabulary.js';
import type { ApiKey, User } from '#kernel/schema/account.js';
import { authorize, authorizeSystem, permissionsOf } from './authorize.js';
import { PERMISSIONS, roleConflict, type Permission } from './roles.js';

const user = (change: Partial<User> = {}): User => ({
  id: 'usr_1',
  unit: '/cn',
  realm: 'live',
  classification: 1,
  name: 'lin',
  displayName: 'Lin',
  roles: ['viewer'],
  units: ['/cn/gd'],
  realms: ['live', 'drill:one'],
  ceiling: 2,
  passwordHash: 'x',
  enabled: true,
  createdAt: '2026-01-01T00:00:00.000Z',
  failedLogins: 0,
  ...change,
});

const key = (change: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key_1',
  unit: '/cn/gd',
  realm: 'live',
  classification: 1,
  name: 'shipper',
  hash: '',
  scopes: ['ingest'],
  ceiling: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'usr_1',
  ...change,
});

// One row a permission, one column a role: v viewer, a analyst, l lead, s system, e security, u audit.
const MATRIX: Record<Permission, string> = {
  'events:read': 'vale',
  'alerts:read': 'vale',
  'alerts:write': 'al',
  'incidents:read': 'vale',
  'incidents:write': 'al',
  'incidents:close': 'l',
  'rules:read': 'vale',
  'rules:write': 'e',
  'exceptions:read': 'vale',
  'exceptions:write': 'le',
  'sources:read': 'vals',
  'sources:write': 'ls',
  'machine:read': 'ls',
  'keys:read': 'se',
  'keys:write': 's',
  'users:read': 'seu',
  'users:write': 's',
  'audit:read': 'u',
  'storage:read': 'valsu',
  'system:read': 's',
  'system:write': 's',
  'replay:run': 'als',
  ingest: '',
};
const LETTER: Record<Role, string> = {
  viewer: 'v',
  analyst: 'a',
  lead: 'l',
  system: 's',
  security: 'e',
  audit: 'u',
};

describe('role × permission', () => {
  for (const permission of PERMISSIONS)
    for (const role of ROLES) {
      const allowed = MATRIX[permission].includes(LETTER[role]);
      it(`${role} ${allowed ? 'may' : 'may not'} ${permission}`, () => {
        const person = user({ roles: [role], units: ['/'] });
        const grant = authorize({ kind: 'user', user: person }, permission, { realm: 'live' });
        expect(grant.ok).toBe(allowed);
        if (!grant.ok) expect(grant.fault.code).toBe('not_permitted');
      });
    }
});

const KEY_MATRIX: Record<KeyScope, readonly Permission[]> = {
  ingest: ['ingest'],
  'events:read': ['events:read'],
  'alerts:read': ['alerts:read'],
  'alerts:write': ['alerts:read', 'alerts:write'],
  'incidents:read': ['incidents:read'],
  'incidents:write': ['incidents:read', 'incidents:write', 'incidents:close'],
  'rules:read': ['rules:read', 'exceptions:read'],
  'rules:write': ['rules:read', 'rules:write', 'exceptions:read', 'exceptions:write'],
  admin: PERMISSIONS.filter((permission) => permission !== 'audit:read'),
};

describe('key scope × permission', () => {
  for (const scope of KEY_SCOPES)
    it(scope, () => {
      const principal = { kind: 'key', key: key({ scopes: [scope], unit: '/' }) } as const;
      const held = PERMISSIONS.filter((permission) => authorize(principal, permission, { realm: 'live' }).ok);
      expect(held).toEqual(PERMISSIONS.filter((permission) => KEY_MATRIX[scope].includes(permission)));
    });
});

describe('what is of the node and every unit on it', () => {
  const NODE_WIDE: readonly Permission[] = ['rules:write', 'system:write', 'machine:read'];

  it.each(ROLES)('is not held by %s of one unit', (role) => {
    const held = (units: readonly string[]) =>
      permissionsOf({ kind: 'user', user: user({ roles: [role], units: [...units] }) });
    const whole = [...held(['/'])];
    expect([...held(['/cn', '/a'])]).toEqual(whole.filter((one) => !NODE_WIDE.includes(one)));
    expect([...held(['/cn', '/'])]).toEqual(whole);
  });

  it.each(KEY_SCOPES)('is not held by a key of one unit with the scope %s', (scope) => {
    const principal = { kind: 'key', key: key({ scopes: [scope], unit: '/cn' }) } as const;
    expect([...permissionsOf(principal)]).toEqual(
      KEY_MATRIX[scope].filter((one) => !NODE_WIDE.includes(one)),
    );
  });
});

describe('authorize', () => {
  it('makes a scope of the person’s units and ceiling in the one realm asked for', () => {
    const grant = authorize({ kind: 'user', user: user(), address: '192.0.2.7' }, 'events:read', {
      realm: 'drill:one',
    });
    if (!grant.ok) throw new Error('refused');
    const { scope, actor } = grant.value;
    expect(actor).toEqual({ kind: 'user', id: 'usr_1', name: 'lin', address: '192.0.2.7' });
    expect(isVisible(scope, { unit: '/cn/gd/sz', realm: 'drill:one', classification: 2 })).toBe(true);
    expect(isVisible(scope, { unit: '/cn/gd/sz', realm: 'live', classification: 2 })).toBe(false);
    expect(isVisible(scope, { unit: '/cn/gdx', realm: 'drill:one', classification: 2 })).toBe(false);
    expect(isVisible(scope, { unit: '/cn/gd', realm: 'drill:one', classification: 3 })).toBe(false);
    expect(() => (scope.units as string[]).push('/')).toThrow();
  });

  for (const realm of ['drill:two', '*', ''])
    it(`refuses a person the realm \`${realm}\``, () => {
      expect(authorize({ kind: 'user', user: user() }, 'events:read', { realm }).ok).toBe(false);
    });

  it('refuses `*` even to a record that claims it', () => {
    expect(authorize({ kind: 'user', user: user({ realms: ['*'] }) }, 'events:read', { realm: '*' }).ok).toBe(
      false,
    );
  });

  it('keeps a key to its own unit and realm', () => {
    const principal = { kind: 'key', key: key() } as const;
    const grant = authorize(principal, 'ingest', { realm: 'live' });
    expect(grant.ok && grant.value.scope).toEqual({ units: ['/cn/gd'], ceiling: 1, realm: 'live' });
    expect(authorize(principal, 'ingest', { realm: 'drill:one' }).ok).toBe(false);
  });

  it('gives nothing to a disabled account, a revoked key, or words it does not know', () => {
    expect(permissionsOf({ kind: 'user', user: user({ enabled: false, roles: ['lead'] }) }).size).toBe(0);
    expect(permissionsOf({ kind: 'key', key: key({ revokedAt: '2026-01-01T00:00:00.000Z' }) }).size).toBe(0);
    expect(permissionsOf({ kind: 'user', user: user({ roles: ['root' as Role] }) }).size).toBe(0);
  });

  it('lets any signed-in person reach what is their own', () => {
    expect(authorize({ kind: 'user', user: user({ roles: [] }) }, null, { realm: 'live' }).ok).toBe(true);
  });

  it('gives the machinery every realm', () => {
    const { scope, actor } = authorizeSystem('projection');
    expect(isVisible(scope, { unit: '/cn', realm: 'drill:x', classification: 3 })).toBe(true);
    expect(actor).toEqual({ kind: 'system', id: 'system', name: 'projection' });
  });
});

const CONFLICTS: readonly [readonly Role[], boolean][] = [
  [[], false],
  [['system', 'lead'], false],
  [['security', 'viewer', 'analyst'], false],
  [['audit'], false],
  [['audit', 'viewer'], true],
  [['viewer', 'audit'], true],
  [['system', 'security'], true],
  [['system', 'audit'], true],
  [['security', 'audit', 'system'], true],
];
describe('three administrators', () => {
  for (const [roles, conflict] of CONFLICTS)
    it(`${roles.join(' + ') || 'no role'} ${conflict ? 'is refused' : 'is fine'}`, () => {
      expect(roleConflict(roles)?.code).toBe(conflict ? 'roles_conflict' : undefined);
      if (conflict) expect(Object.keys(roleConflict(roles)?.data ?? {})).toEqual(['a', 'b']);
    });
});
