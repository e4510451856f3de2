/** Where an incident lies: over all of its alerts, and within reach of whoever makes it. */
import type { Alert } from '#kernel/schema/alert.js';
import { isVisible, LIVE, ROOT_UNIT, type Placed, type Scope, type UnitPath } from '#kernel/scope.js';

/** The units' common ancestor where the maker reaches it, else the first alert's unit; the greatest classification. */
export function placeOfAlerts(scope: Scope, alerts: readonly Alert[]): Placed {
  const realm = scope.realm === '*' ? (alerts[0]?.realm ?? LIVE) : scope.realm;
  const classification = alerts.reduce<Placed['classification']>(
    (most, alert) => (alert.classification > most ? alert.classification : most),
    1,
  );
  const first = alerts[0]?.unit ?? scope.units[0] ?? ROOT_UNIT;
  const place = {
    unit: alerts.reduce((unit, alert) => commonUnit(unit, alert.unit), first),
    realm,
    classification,
  };
  return isVisible(scope, place) ? place : { ...place, unit: first };
}

export function commonUnit(a: UnitPath, b: UnitPath): UnitPath {
  const left = a.split('/');
  const right = b.split('/');
  let shared = 0;
  while (shared < left.length && left[shared] === right[shared]) shared += 1;
  return left.slice(0, shared).join('/') || ROOT_UNIT;
}
