/** The time range of a search: relative to now, or between two moments; as it stands in the page's address. */

export const RELATIVE = ['now-15m', 'now-1h', 'now-4h', 'now-24h', 'now-7d', 'now-30d', 'now-365d'] as const;
export const USUAL_FROM = 'now-24h';

export interface TimeRange {
  /** ISO 8601 or `now-…`. */
  readonly from: string;
  /** Empty: until now. */
  readonly to: string;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Epoch milliseconds of one end; undefined if it cannot be read. Empty means now. */
export function momentOf(text: string, nowMs: number): number | undefined {
  if (text === '' || text === 'now') return nowMs;
  const relative = /^now-(\d{1,6})([smhdw])$/.exec(text);
  if (relative) return nowMs - Number(relative[1]) * (UNIT_MS[relative[2] ?? ''] ?? 0);
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

export function readRange(params: URLSearchParams): TimeRange {
  return { from: params.get('from') || USUAL_FROM, to: params.get('to') ?? '' };
}

export function isRelative(range: TimeRange): boolean {
  return range.from.startsWith('now') && range.to === '';
}

/** The range of one or more buckets, as absolute moments. */
export function absoluteRange(fromMs: number, toMs: number): TimeRange {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
