/** Who may see what: unit paths, classification, realm, and the `Scope` that every store call must carry. */

/** `/` (the deployment's top) or `/cn/gd/sz/nanshan`: lower-case letters, digits and hyphens between slashes. */
export type UnitPath = string;

/** `live`, or `drill:<id>`: drills are a partition of production and never meet live records. */
export type Realm = string;

/** Data grading after GB/T 43697-2024: 1 general 一般, 2 important 重要, 3 core 核心. */
export type Classification = 1 | 2 | 3;

export const LIVE: Realm = 'live';
export const ROOT_UNIT: UnitPath = '/';

declare const scopeBrand: unique symbol;

/**
 * What one request may reach. Only `authorize()` (trust/access) makes one, once a request; every store method takes it,
 * so access, tenancy and drills cannot be forgotten in a query. Policies will later replace what is inside
 * `authorize()`, never the calls.
 */
export interface Scope {
  readonly [scopeBrand]: true;
  /** Subtrees that may be reached. Empty: nothing. */
  readonly units: readonly UnitPath[];
  /** Highest classification that may be seen. */
  readonly ceiling: Classification;
  /** The one realm in view; `*` (all) belongs to the machinery alone, never to a person or key. */
  readonly realm: Realm | '*';
}

/** The four columns that a scope is held against. */
export interface Placed {
  readonly unit: UnitPath;
  readonly realm: Realm;
  readonly classification: Classification;
}

const UNIT_PATH = /^\/$|^(?:\/[a-z0-9](?:[a-z0-9-]{0,62}))+$/;
const REALM = /^(?:live|drill:[a-z0-9][a-z0-9-]{0,62})$/;

export function isUnitPath(text: string): boolean {
  return text.length <= 512 && UNIT_PATH.test(text);
}

export function isRealm(text: string): boolean {
  return REALM.test(text);
}

/** True if `unit` is `ancestor` or lies below it. */
export function isWithinUnit(unit: UnitPath, ancestor: UnitPath): boolean {
  return ancestor === ROOT_UNIT || unit === ancestor || unit.startsWith(`${ancestor}/`);
}

/** The meaning of a scope; every store must agree with this function. A worker holds a scope's columns without the brand. */
export function isVisible(scope: Pick<Scope, 'units' | 'ceiling' | 'realm'>, item: Placed): boolean {
  return (
    (scope.realm === '*' || scope.realm === item.realm) &&
    item.classification <= scope.ceiling &&
    scope.units.some((unit) => isWithinUnit(item.unit, unit))
  );
}
