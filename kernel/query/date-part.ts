/** Parts of a time, in UTC. */
import type { Scalar } from '../event.js';
import type { DatePart } from './ast.js';

/** Date and time of ISO 8601 as logs write it, also with a space between them; without a zone it is UTC. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(Z|[+-]\d\d:?\d\d)?)?$/i;
/** Milliseconds since 1970 as text: 2001 to 2286. */
const MILLISECONDS = /^\d{13}$/;
const DAY_MS = 86_400_000;

/** Undefined where the value is no time. */
export function datePartOf(value: Scalar, part: DatePart): number | undefined {
  const ms = millisecondsOf(value);
  if (ms === undefined) return undefined;
  const date = new Date(ms);
  switch (part) {
    case 'minute':
      return date.getUTCMinutes();
    case 'hour':
      return date.getUTCHours();
    case 'day':
      return date.getUTCDate();
    case 'week':
      return weekOf(date);
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
  }
}

function millisecondsOf(value: Scalar): number | undefined {
  if (typeof value === 'boolean') return undefined;
  const text = String(value);
  if (MILLISECONDS.test(text)) return Number(text);
  const [, day, clock = '00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  if (day === undefined) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  // The engine reads three digits of a second for certain.
  const [whole = '', fraction = ''] = clock.split(/[.,]/);
  const ms = Date.parse(`${day}T${whole}${fraction && `.${fraction.slice(0, 3).padEnd(3, '0')}`}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** ISO 8601: the week with the year's first Thursday is the first. */
function weekOf(date: Date): number {
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const thursday = day + (4 - (date.getUTCDay() || 7)) * DAY_MS;
  const year = new Date(thursday).getUTCFullYear();
  return Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1;
}
