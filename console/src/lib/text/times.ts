/** Times as the viewer reads them: in a stated zone, with fixed width, and how long ago. */
import { numberFormat } from './numbers.js';

export interface TimeParts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
  readonly milli: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

export function partsOf(ms: number, zone: string): TimeParts {
  const found: Record<string, string> = {};
  for (const part of formatterOf(zone).formatToParts(ms)) found[part.type] = part.value;
  const {
    year = '',
    month = '',
    day = '',
    hour = '',
    minute = '',
    second = '',
    fractionalSecond = '000',
  } = found;
  return { year, month, day, hour, minute, second, milli: fractionalSecond };
}

/** Offset of the zone at that moment, in minutes east of UTC. */
export function offsetMinutes(ms: number, zone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(ms, zone);
  const wall = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  return Math.round((wall - Math.floor(ms / 1000) * 1000) / 60_000);
}

/** `UTC+8`, `UTC−3:30`, `UTC`. */
export function zoneLabel(ms: number, zone: string): string {
  const offset = offsetMinutes(ms, zone);
  if (offset === 0) return 'UTC';
  const hours = Math.floor(Math.abs(offset) / 60);
  const rest = Math.abs(offset) % 60;
  return `UTC${offset < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

/** Of the same day as `nowMs`: `14:26:08`; else `11-22 14:26:08`; of another year: with the year. */
export function formatShort(ms: number, nowMs: number, zone: string): string {
  const at = partsOf(ms, zone);
  const now = partsOf(nowMs, zone);
  const clock = `${at.hour}:${at.minute}:${at.second}`;
  if (at.year !== now.year) return `${at.year}-${at.month}-${at.day} ${clock}`;
  return at.month === now.month && at.day === now.day ? clock : `${at.month}-${at.day} ${clock}`;
}

/** `2026-11-22 14:26:08.120 UTC+8`. */
export function formatFull(ms: number, zone: string): string {
  const at = partsOf(ms, zone);
  return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}:${at.second}.${at.milli} ${zoneLabel(ms, zone)}`;
}

/** The value of an `<input type="datetime-local">` in the zone. */
export function toLocalInput(ms: number, zone: string): string {
  const at = partsOf(ms, zone);
  return `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}`;
}

/** Epoch milliseconds of such a value in the zone; undefined if it is none. */
export function fromLocalInput(text: string, zone: string): number | undefined {
  const wall = Date.parse(`${text}Z`);
  if (!text || Number.isNaN(wall)) return undefined;
  // The offset at the wall time read as UTC is right except within hours of a clock change; one more step corrects it.
  const guess = wall - offsetMinutes(wall, zone) * 60_000;
  return wall - offsetMinutes(guess, zone) * 60_000;
}

export interface Span {
  readonly value: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day';
}

/** The largest unit that is not below one: 135 s → 2 minutes. */
export function spanOf(ms: number): Span {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return { value: seconds, unit: 'second' };
  if (seconds < 3600) return { value: Math.floor(seconds / 60), unit: 'minute' };
  if (seconds < 172_800) return { value: Math.floor(seconds / 3600), unit: 'hour' };
  return { value: Math.floor(seconds / 86_400), unit: 'day' };
}

/** `2 分钟前`, `2 minutes ago`; less than five seconds (also a clock a little ahead): 刚刚, now. */
export function formatAgo(ms: number, nowMs: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const past = nowMs - ms;
  // The platform's word for it, 现在, is none that one would say of something done.
  if (past < 5000 && past > -5000) return locale.startsWith('zh') ? '刚刚' : format.format(0, 'second');
  const { value, unit } = spanOf(Math.abs(past));
  return new Intl.RelativeTimeFormat(locale, { numeric: 'always' }).format(past < 0 ? value : -value, unit);
}

/** `2 小时`, `2 hours`. */
export function formatSpan(ms: number, locale: string): string {
  const { value, unit } = spanOf(ms);
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** Whole days and the clock of what is left: 90,061 s → 1 day and `01:01:01`. Seconds are cut, never rounded up. */
export function formatLeft(ms: number): { readonly days: number; readonly clock: string } {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return {
    days: Math.floor(seconds / 86_400),
    clock: `${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`,
  };
}
