/** Who may do what, as data: the permissions, those of each role, and those of each scope of an API key. */
import { ADMINISTRATORS, ROLES, type KeyScope, type Role } from '#kernel/vocabulary.js';
import { fault, type Fault } from '#kernel/errors.js';

export const PERMISSIONS = [
  'events:read',
  'alerts:read',
  'alerts:write',
  'incidents:read',
  'incidents:write',
  'incidents:close',
  'rules:read',
  'rules:write',
  'exceptions:read',
  'exceptions:write',
  'sources:read',
  'sources:write',
  'machine:read',
  'keys:read',
  'keys:write',
  'users:read',
  'users:write',
  'audit:read',
  'storage:read',
  'system:read',
  'system:write',
  'replay:run',
  'ingest',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER: readonly Permission[] = [
  'events:read',
  'alerts:read',
  'incidents:read',
  'rules:read',
  'exceptions:read',
  'sources:read',
  'storage:read',
];
const ANALYST: readonly Permission[] = [...VIEWER, 'alerts:write', 'incidents:write', 'replay:run'];

/** The three administrators are kept apart: none of them works on alerts, and only `audit` reads the audit log. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  analyst: ANALYST,
  lead: [...ANALYST, 'incidents:close', 'exceptions:write', 'sources:write', 'machine:read'],
  system: [
    'sources:read',
    'sources:write',
    'machine:read',
    'keys:read',
    'keys:write',
    'users:read',
    'users:write',
    'storage:read',
    'system:read',
    'system:write',
    'replay:run',
  ],
  security: [
    'rules:read',
    'rules:write',
    'exceptions:read',
    'exceptions:write',
    'users:read',
    'events:read',
    'alerts:read',
    'incidents:read',
    'keys:read',
  ],
  audit: ['audit:read', 'users:read', 'storage:read'],
};

/**
 * Writing includes reading the same, since answers carry the record. `incidents:write` includes closing: no other scope
 * of a key could. `admin` lacks only `audit:read`, because a system administrator makes keys.
 */
export const KEY_SCOPE_PERMISSIONS: Readonly<Record<KeyScope, readonly Permission[]>> = {
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

/**
 * What is of the node and so of every unit on it: a rule that one unit switches off is off for all, and the logs of the
 * machine tell of all. Held only by who reaches the top unit, whatever the role or scope says.
 */
export const NODE_WIDE: ReadonlySet<Permission> = new Set<Permission>([
  'rules:write',
  'system:write',
  'machine:read',
]);

/** Why these roles cannot be one account's (三员), or undefined. Unknown words are left to the schema. */
export function roleConflict(roles: readonly Role[]): Fault | undefined {
  const held = ROLES.filter((role) => roles.includes(role));
  const administrators = held.filter((role) => ADMINISTRATORS.includes(role));
  const [a, b] = held.includes('audit') ? ['audit', held.find((role) => role !== 'audit')] : administrators;
  return a !== undefined && b !== undefined ? fault('roles_conflict', { a, b }) : undefined;
}
