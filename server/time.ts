/** Instants as the API takes them: ISO 8601, epoch milliseconds, or relative to now (`now-15m`, `now`). */
import { fault } from '#kernel/errors.js';
import { fail, ok, type Result } from '#kernel/result.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** The years that a Date can print with four digits. */
const EARLIEST_MS = Date.UTC(1, 0, 1);
const LATEST_MS = Date.UTC(9999, 11, 31);

/** Epoch milliseconds. Fault: `invalid_request` with the field's name. An ISO time without zone is UTC. */
export function parseInstant(text: string, field: string, nowMs: number): Result<number> {
  const relative = /^now(?:([+-])(\d{1,7})([smhdw]))?$/.exec(text);
  const ms = relative
    ? nowMs + (relative[1] === '-' ? -1 : 1) * Number(relative[2] ?? 0) * (UNIT_MS[relative[3] ?? 's'] ?? 0)
    : /^\d{10,15}$/.test(text)
      ? Number(text)
      : /^\d{4}-\d{2}-\d{2}/.test(text)
        ? Date.parse(/T.*(?:Z|[+-]\d{2}:?\d{2})$|^\d{4}-\d{2}-\d{2}$/.test(text) ? text : `${text}Z`)
        : Number.NaN;
  if (Number.isFinite(ms) && ms >= EARLIEST_MS && ms <= LATEST_MS) return ok(ms);
  return fail(
    fault('invalid_request', undefined, [
      {
        message: `\`${text.slice(0, 100)}\` is not a time`,
        at: `/${field}`,
        remedy: 'write 2026-11-22T08:00:00Z or now-15m',
      },
    ]),
  );
}
