/** Nobody hands out more reach than they have: units and ceiling of a new account or key against the maker's own. */
import { fault, type Fault } from '#kernel/errors.js';
import { isWithinUnit, type Classification, type UnitPath } from '#kernel/scope.js';
import type { Grant } from '../access/authorize.js';

/** The fault `not_permitted` naming what lies beyond, or undefined. */
export function reachProblem(
  by: Grant,
  units: readonly UnitPath[],
  ceiling: Classification,
): Fault | undefined {
  const actor = by.actor.kind === 'key' ? 'key' : 'account';
  const beyond = units.find((unit) => !by.scope.units.some((own) => isWithinUnit(unit, own)));
  if (beyond !== undefined) return fault('not_permitted', { actor, permission: `unit ${beyond}` });
  if (ceiling > by.scope.ceiling)
    return fault('not_permitted', { actor, permission: `classification ${ceiling}` });
  return undefined;
}
