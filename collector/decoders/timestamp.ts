/** Clocks as logs write them, read without ever asking the machine's own time zone. */

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\d* ?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?$/;
const MONTHS: Readonly<Record<string, number>> = {
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
};

/** Month 0–11 of an English three-letter name in any case, or undefined. */
export function monthNumber(name: string): number | undefined {
  return MONTHS[name.toLowerCase()];
}

/** Epoch milliseconds of calendar parts at a zone offset in minutes; undefined where the calendar has no such moment. */
export function instantOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  offsetMinutes: number,
): number | undefined {
  // 60 is a leap second.
  if (hour > 23 || minute > 59 || second > 60 || day < 1) return undefined;
  if (month < 0 || month > 11 || day > daysIn(year, month)) return undefined;
  // Date.UTC reads years 0–99 as 1900–1999, so it is asked for a year of the same kind, 400 years being whole weeks and days.
  const moved = year < 100 ? 400 : 0;
  const utc = Date.UTC(year + moved, month, day, hour, minute, second) - moved * MS_OF_YEAR;
  return utc - offsetMinutes * 60_000;
}

/** Of the Gregorian calendar's mean year, of which 400 are a whole number of days. */
const MS_OF_YEAR = 365.2425 * 86_400_000;

function daysIn(year: number, month: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}

/** Offset in minutes of `Z`, `+08`, `+0800` or `+08:00`; undefined for anything else. */
export function zoneOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'z' || text === 'UTC') return 0;
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(text);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return match[1] === '-' ? -minutes : minutes;
}

/** ISO 8601 or RFC 3339 text (also with a blank for `T`, or without zone: then `offsetMinutes` holds) to epoch milliseconds. */
export function parseIso(text: string, offsetMinutes = 0): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const zone = match[8] === undefined ? offsetMinutes : zoneOffset(match[8]);
  if (zone === undefined) return undefined;
  const base = instantOf(
    Number(match[1]),
    Number(match[2]) - 1,
    Number(match[3]),
    Number(match[4]),
    Number(match[5]),
    Number(match[6]),
    zone,
  );
  if (base === undefined || match[7] === undefined) return base;
  return base + Math.trunc(Number(`0.${match[7]}`) * 1000);
}

/** Latest moment that is taken for real: the end of the year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by its size, as milliseconds. */
export function epochToMs(value: number): number | undefined {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size > LATEST_MS * 1e6) return undefined;
  if (size < 1e11) return Math.floor(value * 1000 + 0.001);
  if (size < 1e14) return Math.trunc(value);
  return Math.trunc(size < 1e17 ? value / 1e3 : value / 1e6);
}

/** Any clock that a JSON record may carry: ISO text, digits, or a number. Undefined where it is none. */
export function clockToMs(value: unknown, offsetMinutes = 0): number | undefined {
  if (typeof value === 'number') return epochToMs(value);
  if (typeof value !== 'string' || value.length > 64 || value === '') return undefined;
  return (
    parseIso(value, offsetMinutes) ??
    (/^\d{9,19}(?:\.\d{1,9})?$/.test(value) ? epochToMs(Number(value)) : undefined)
  );
}
