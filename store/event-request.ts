/** What every event store shares: limits and defaults of requests, the order of events, cursors, term counting. */
import { FaultError, fault } from '#kernel/errors.js';
import { valuesOf, type Event } from '#kernel/event.js';
import type { EventSearch, HistogramBucket, HistogramRequest } from '#kernel/ports/event-store.js';
import type { Query } from '#kernel/query/ast.js';
import { compilePredicate, type Predicate } from '#kernel/query/predicate.js';
import { decodeCursor, encodeCursor } from './page-cursor.js';
import { compareText } from './text-order.js';

/** Where counting stops by default; from there on `totalExact` is false. */
export const COUNT_LIMIT = 10_000;

/** Position of an event in the order of a search. */
export interface EventKey {
  readonly timeMs: number;
  readonly seq: number;
  readonly id: string;
}

/** Total of a result: counted once, then carried by the cursor from page to page. */
export interface EventTotal {
  readonly total: number;
  readonly totalExact: boolean;
}

export interface EventCursor extends EventTotal {
  readonly key: EventKey;
}

/** A search with its defaults filled in and its limits held. */
export interface BoundSearch {
  readonly query: Query;
  readonly source: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  readonly after: EventCursor | undefined;
}

/** Throws `invalid_cursor` or `invalid_request`. */
export function bindSearch(request: EventSearch): BoundSearch {
  const order = request.order ?? 'newest';
  return {
    query: request.query,
    source: request.source,
    fromMs: request.fromMs ?? -Infinity,
    toMs: request.toMs ?? Infinity,
    order,
    limit: limitWithin(request.limit ?? 100, 1000, 'limit'),
    after: request.cursor === undefined ? undefined : readCursor(order, request.cursor),
  };
}

export function limitWithin(value: number, most: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new FaultError(
    fault('invalid_request', undefined, [{ at: `/${name}`, message: `must be between 1 and ${most}` }]),
  );
}

export function writeCursor(order: 'newest' | 'oldest', key: EventKey, total: EventTotal): string {
  return encodeCursor(`events:${order}`, [key.timeMs, key.seq, key.id, total.total, total.totalExact]);
}

function readCursor(order: 'newest' | 'oldest', cursor: string): EventCursor {
  const [timeMs, seq, id, total, totalExact] = decodeCursor(`events:${order}`, cursor, [
    'number',
    'number',
    'string',
    'number',
    'boolean',
  ]) as [number, number, string, number, boolean];
  if (![timeMs, seq, total].every(Number.isSafeInteger)) throw new FaultError(fault('invalid_cursor'));
  return { key: { timeMs, seq, id }, total, totalExact };
}

/** Newest first: by time, then ingest sequence, then identifier (sequences of two journals may be equal). */
export function compareNewest(a: EventKey, b: EventKey): number {
  return b.timeMs - a.timeMs || b.seq - a.seq || compareText(b.id, a.id);
}

export function eventOrder(order: 'newest' | 'oldest'): (a: EventKey, b: EventKey) => number {
  return order === 'newest' ? compareNewest : (a, b) => compareNewest(b, a);
}

/** The predicate of a query; throws `invalid_query` where an expression in it cannot be read. */
export function predicateOf(query: Query): Predicate {
  try {
    return compilePredicate(query);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FaultError(fault('invalid_query', { reason }), { cause: error });
  }
}

/** Empty buckets from `fromMs` to `toMs`; throws `invalid_request` for no or more than 1,000 of them. */
export function emptyBuckets(request: HistogramRequest): { fromMs: number; count: number }[] {
  const { fromMs, toMs, stepMs } = request;
  const count = Math.ceil((toMs - fromMs) / stepMs);
  const whole = Number.isInteger(fromMs) && Number.isInteger(toMs) && Number.isInteger(stepMs);
  if (!whole || stepMs < 1 || count < 1 || count > 1000)
    throw new FaultError(
      fault('invalid_request', undefined, [{ at: '/stepMs', message: 'must make 1 to 1,000 buckets' }]),
    );
  return Array.from({ length: count }, (_, index) => ({ fromMs: fromMs + index * stepMs, count: 0 }));
}

export type MutableBucket = { -readonly [K in keyof HistogramBucket]: HistogramBucket[K] };

/** Counts each distinct text of a path once an event. */
export function countTerms(counts: Map<string, number>, event: Pick<Event, 'fields'>, path: string): void {
  const values = valuesOf(event.fields, path);
  const texts = values.length > 1 ? new Set(values.map(String)) : values.map(String);
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
}

/** Most frequent first, ties by text. */
export function topTerms(
  counts: ReadonlyMap<string, number>,
  size: number,
): readonly { value: string; count: number }[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compareText(a.value, b.value))
    .slice(0, size);
}
