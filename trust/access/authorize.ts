/** The one door: decides whether a principal may do something, and makes the `Scope` that every store call carries. */
import type { User, ApiKey } from '#kernel/schema/account.js';
import type { Actor } from '#kernel/ports/audit-log.js';
import { fault } from '#kernel/errors.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { ROOT_UNIT, type Classification, type Realm, type Scope, type UnitPath } from '#kernel/scope.js';
import { KEY_SCOPE_PERMISSIONS, NODE_WIDE, PERMISSIONS, ROLE_PERMISSIONS, type Permission } from './roles.js';

export type { Permission } from './roles.js';

/** Someone whose session or key has been checked. `address` is that of the client, for the audit log. */
export type Principal =
  | { readonly kind: 'user'; readonly user: User; readonly session?: string; readonly address?: string }
  | { readonly kind: 'key'; readonly key: ApiKey; readonly address?: string };

/** What `authorize` gives: the reach, who acts, and everything they may do (for the console's buttons). */
export interface Grant {
  readonly scope: Scope;
  readonly actor: Actor;
  readonly permissions: ReadonlySet<Permission>;
}

/**
 * Everything the principal may do. A disabled account and a revoked key may do nothing; what is of the whole node
 * (`NODE_WIDE`) is left out for who does not reach its top unit.
 */
export function permissionsOf(principal: Principal): ReadonlySet<Permission> {
  if (principal.kind === 'key') {
    const { scopes, revokedAt, unit } = principal.key;
    const held = scopes.flatMap((scope) => KEY_SCOPE_PERMISSIONS[scope] ?? []);
    return revokedAt === undefined ? within([unit], held) : new Set();
  }
  const { roles, enabled, units } = principal.user;
  const held = roles.flatMap((role) => ROLE_PERMISSIONS[role] ?? []);
  return enabled ? within(units, held) : new Set();
}

function within(units: readonly UnitPath[], held: readonly Permission[]): ReadonlySet<Permission> {
  return new Set(units.includes(ROOT_UNIT) ? held : held.filter((one) => !NODE_WIDE.has(one)));
}

export function actorOf(principal: Principal): Actor {
  const { id, name } = principal.kind === 'key' ? principal.key : principal.user;
  return { kind: principal.kind, id, name, ...(principal.address && { address: principal.address }) };
}

/**
 * Denies by default. Fault `not_permitted` where the permission is not held, and where the realm is not among a
 * person's realms or not the key's own. With `permission` null any signed-in principal passes (its own session).
 */
export function authorize(
  principal: Principal,
  permission: Permission | null,
  { realm }: { readonly realm: Realm },
): Result<Grant> {
  const actor = actorOf(principal);
  const permissions = permissionsOf(principal);
  const refusal = (wanted: string) =>
    fail(fault('not_permitted', { actor: actor.kind === 'key' ? 'key' : 'account', permission: wanted }));
  if (permission !== null && !permissions.has(permission)) return refusal(permission);
  const reach =
    principal.kind === 'key'
      ? { units: [principal.key.unit], realms: [principal.key.realm], ceiling: principal.key.ceiling }
      : principal.user;
  // `*` is the machinery's alone, whatever a stored record says.
  if (realm === '*' || !reach.realms.includes(realm)) return refusal(`realm ${realm}`);
  return ok({ scope: scopeOf(reach.units, reach.ceiling, realm), actor, permissions });
}

/** The machinery's own grant: all units, all realms, every classification. `reason` names the part that acts. */
export function authorizeSystem(reason: string): Grant {
  return {
    scope: scopeOf([ROOT_UNIT], 3, '*'),
    actor: { kind: 'system', id: 'system', name: reason },
    permissions: new Set(PERMISSIONS),
  };
}

// INVARIANT: the only place where a `Scope` comes into being; test/architecture.test.ts looks for others.
function scopeOf(units: readonly UnitPath[], ceiling: Classification, realm: Realm | '*'): Scope {
  return Object.freeze({ units: Object.freeze([...units]), ceiling, realm }) as unknown as Scope;
}
