/** Where a source's events belong, and how its text is to be read. */
import type { Clock } from '#kernel/clock.js';
import type { Classification, Realm, UnitPath } from '#kernel/scope.js';
import type { NormalizeContext, RecordFormat } from '../normalizers/record.js';

export interface Placement {
  /** `src_…` */
  readonly source: string;
  readonly unit: UnitPath;
  readonly realm: Realm;
  readonly classification: Classification;
  /** Default `auto`. */
  readonly format?: RecordFormat;
  /** Zone of clocks that name none, minutes east of UTC. Default 0. */
  readonly offsetMinutes?: number;
}

/** The context of records received now. */
export function contextOf(placement: Placement, clock: Clock): NormalizeContext {
  return { ...placement, receivedMs: clock.nowMs() };
}

export const systemClock: Clock = { nowMs: () => Date.now() };
