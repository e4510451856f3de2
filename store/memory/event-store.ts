/** Events in memory: the plainest reading of the port, for tests and for what lives no longer than the process. */
import { FaultError, fault } from '#kernel/errors.js';
import { utcDay, type Event } from '#kernel/event.js';
import type { EventDay, EventStore } from '#kernel/ports/event-store.js';
import type { Query } from '#kernel/query/ast.js';
import { isVisible, type Scope } from '#kernel/scope.js';
import {
  bindSearch,
  compareNewest,
  COUNT_LIMIT,
  countTerms,
  emptyBuckets,
  eventOrder,
  limitWithin,
  predicateOf,
  topTerms,
  writeCursor,
} from '../event-request.js';

interface Day {
  readonly events: Event[];
  readonly marks: Map<string, number>;
  bytes: number;
}

export interface MemoryEventStoreOptions {
  /** Where counting of a result stops; default 10,000. */
  readonly countLimit?: number;
}

export function createMemoryEventStore(options: MemoryEventStoreOptions = {}): EventStore {
  const countLimit = options.countLimit ?? COUNT_LIMIT;
  const days = new Map<string, Day>();

  function* matching(
    scope: Scope,
    query: Query,
    range: { source?: string | undefined; fromMs?: number; toMs?: number },
    signal?: AbortSignal,
  ): Iterable<Event> {
    signal?.throwIfAborted();
    const holds = predicateOf(query);
    const { source, fromMs = -Infinity, toMs = Infinity } = range;
    for (const day of days.values())
      for (const event of day.events)
        if (
          event.timeMs >= fromMs &&
          event.timeMs < toMs &&
          (source === undefined || event.source === source) &&
          isVisible(scope, event) &&
          holds(event.fields)
        )
          yield event;
  }

  function describe(name: string, day: Day): EventDay {
    let minTimeMs = Infinity;
    let maxTimeMs = -Infinity;
    for (const { timeMs } of day.events) {
      if (timeMs < minTimeMs) minTimeMs = timeMs;
      if (timeMs > maxTimeMs) maxTimeMs = timeMs;
    }
    return { day: name, events: day.events.length, bytes: day.bytes, minTimeMs, maxTimeMs };
  }

  return {
    async append(frames) {
      for (const frame of frames) {
        const name = utcDay(frame.ingestedMs);
        const day = days.get(name) ?? { events: [], marks: new Map<string, number>(), bytes: 0 };
        if (frame.number <= (day.marks.get(frame.journal) ?? 0)) continue;
        days.set(name, day);
        for (const event of frame.events) {
          day.events.push(event);
          day.bytes += JSON.stringify(event.fields).length;
        }
        day.marks.set(frame.journal, frame.number);
      }
    },
    async highWater(journal) {
      return Math.max(0, ...[...days.values()].map((day) => day.marks.get(journal) ?? 0));
    },
    async search(scope, request) {
      const search = bindSearch(request);
      const order = eventOrder(search.order);
      const hits = [...matching(scope, search.query, search, request.signal)].sort(order);
      const counted = search.after ?? {
        total: Math.min(hits.length, countLimit),
        totalExact: hits.length <= countLimit,
      };
      const total = { total: counted.total, totalExact: counted.totalExact };
      const key = search.after?.key;
      const rest = key ? hits.filter((event) => order(event, key) > 0) : hits;
      const items = rest.slice(0, search.limit);
      const last = items.at(-1);
      const next = last && rest.length > items.length ? writeCursor(search.order, last, total) : null;
      return { ...total, items, next };
    },
    async histogram(scope, request) {
      const buckets = emptyBuckets(request);
      for (const event of matching(scope, request.query, request, request.signal)) {
        const bucket = buckets[Math.floor((event.timeMs - request.fromMs) / request.stepMs)];
        if (bucket) bucket.count++;
      }
      return buckets;
    },
    async terms(scope, request) {
      const size = limitWithin(request.size ?? 10, 100, 'size');
      const counts = new Map<string, number>();
      for (const event of matching(scope, request.query, request, request.signal))
        countTerms(counts, event, request.path);
      return topTerms(counts, size);
    },
    async get(scope, id) {
      const found = [...days.values()].flatMap((day) => day.events.filter((event) => event.id === id));
      return found.sort(compareNewest).find((event) => isVisible(scope, event));
    },
    async days() {
      return [...days]
        .filter(([, day]) => day.events.length > 0)
        .map(([name, day]) => describe(name, day))
        .sort((a, b) => (a.day < b.day ? -1 : 1));
    },
    async dropDay(name) {
      const day = days.get(name);
      days.delete(name);
      return day && describe(name, day);
    },
    async discardSource(source) {
      let gone = 0;
      for (const day of days.values()) {
        const kept = day.events.filter((event) => event.source !== source);
        gone += day.events.length - kept.length;
        day.events.splice(0, day.events.length, ...kept);
      }
      return gone;
    },
    async backup() {
      throw new FaultError(
        fault('unsupported', { what: 'a backup of the memory store', how: 'use the embedded store' }),
      );
    },
    async close() {
      days.clear();
    },
  };
}
