/** Who sends, and where their events may go: told by the server, narrowed by a header. */
import type { FastifyRequest } from 'fastify';
import { fault } from '#kernel/errors.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { isUnitPath, isWithinUnit, type Classification, type Realm, type UnitPath } from '#kernel/scope.js';

/** What a key (or loopback without one) may write. */
export interface Admission {
  readonly unit: UnitPath;
  readonly realm: Realm;
  readonly classification: Classification;
  /** Source record (`src_…`) that the sender's events and counters belong to. */
  readonly sourceId: string;
}

/** Injected by the server. Faults: `not_authenticated`, `not_permitted`, `too_many_requests`. */
export type Authorize = (request: FastifyRequest) => Promise<Result<Admission>>;

export const UNIT_HEADER = 'x-fenghuo-unit';

/** The unit a request asks for by `X-Fenghuo-Unit`, which must be the key's own or lie below it. */
export function narrowUnit(
  admission: Admission,
  asked: string | readonly string[] | undefined,
): Result<Admission> {
  if (asked === undefined) return ok(admission);
  const unit = typeof asked === 'string' ? asked : (asked[0] ?? '');
  if (!isUnitPath(unit)) return fail(fault('invalid_unit', { unit: unit.slice(0, 512) }));
  if (!isWithinUnit(unit, admission.unit))
    return fail(fault('not_permitted', { actor: 'key', permission: `ingest into ${unit}` }));
  return ok({ ...admission, unit });
}
