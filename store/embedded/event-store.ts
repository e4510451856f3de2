/** The event store on DuckDB: one file an ingest day, queries compiled to SQL, what SQL cannot judge held against the predicate. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultError, fault } from '#kernel/errors.js';
import type { Event } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import {
  bindSearch,
  COUNT_LIMIT,
  emptyBuckets,
  eventOrder,
  limitWithin,
  writeCursor,
  type BoundSearch,
  type EventTotal,
} from '../event-request.js';
import { storeFault } from './disk-faults.js';
import { openDayFiles, type DayState } from './day-files.js';
import { EVENT_COLUMNS, rowEvent } from './day-table.js';
import { openDuckEngine, type Reader } from './duck-engine.js';
import { appendStaged, stageFrame, type FrameLines } from './event-append.js';
import {
  countSure,
  dayPages,
  planDay,
  planOf,
  scanOpen,
  touches,
  type DayPages,
  type Plan,
} from './event-scan.js';
import { scopeSql } from './event-sql.js';
import { every, sql } from './sql.js';
import { discardFromDay } from './event-discard.js';
import { countDayTerms, openTermCount } from './event-terms.js';

/** A page ends behind the event that takes it over this many characters: one reader must not cost gigabytes. */
const PAGE_CHARACTERS = 16 * 1024 * 1024;
/** Rows that are fetched at once for a page, whatever its limit. */
const ROWS_AT_ONCE = 250;

export interface EmbeddedEventOptions {
  /** Folder of the day files; made if absent. */
  readonly folder: string;
  /** Where counting of a result stops; default 10,000. */
  readonly countLimit?: number;
  /** Longest time of one search, histogram or count of terms; default a minute. Beyond it: fault `query_too_slow`. */
  readonly longestReadMs?: number;
}

/** Opens the day files. The caller holds the home's lock: one process alone may open them. */
export async function openEmbeddedEventStore(options: EmbeddedEventOptions): Promise<EventStore> {
  const { folder, countLimit = COUNT_LIMIT, longestReadMs } = options;
  await mkdir(folder, { recursive: true });
  const spillFolder = join(folder, 'spill');
  await rm(spillFolder, { recursive: true, force: true });
  const engine = await openDuckEngine({ spillFolder, ...(longestReadMs !== undefined && { longestReadMs }) });
  const days = await openDayFiles(folder, engine).catch(async (error: unknown) => {
    await engine.close();
    throw storeFault(error);
  });
  /** Appends and backups, one after another. */
  let writing: Promise<unknown> = Promise.resolve();

  function exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = writing.then(work);
    writing = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      throw storeFault(error);
    });
  }

  /** Runs `work` over each day that the plan touches, newest ingest day first, until it answers `false`. */
  async function eachDay(plan: Plan, work: (state: DayState) => Promise<boolean | void>): Promise<void> {
    for (const state of [...days.list()].reverse()) {
      if (!touches(plan, state)) continue;
      if ((await days.use(state.day, work)) === false) return;
    }
  }

  /** One page, and whether it is the end of the result. */
  async function page(
    reader: Reader,
    plan: Plan,
    search: BoundSearch,
  ): Promise<{ items: Event[]; more: boolean }> {
    const order = eventOrder(search.order);
    const newest = search.order === 'newest';
    const waiting = days
      .list()
      .filter((state) => touches(plan, state))
      .sort((a, b) => (newest ? b.maxTimeMs - a.maxTimeMs : a.minTimeMs - b.minTimeMs));
    const open: { state: DayState; pages: DayPages; queue: readonly Event[]; at: number }[] = [];
    const items: Event[] = [];
    let room = PAGE_CHARACTERS;
    const refill = async (source: (typeof open)[number]): Promise<void> => {
      const wanted = Math.min(search.limit + 1 - items.length, ROWS_AT_ONCE);
      source.queue = (await days.use(source.state.day, () => source.pages(wanted, items.at(-1)))) ?? [];
      source.at = 0;
    };
    const head = (source: (typeof open)[number]): Event => source.queue[source.at] as Event;
    for (;;) {
      open.sort((a, b) => order(head(a), head(b)));
      const best = open[0] && head(open[0]);
      const next = waiting[0];
      // A day whose nearest event lies beyond the best one in hand need not be opened yet.
      if (next && (!best || (newest ? next.maxTimeMs >= best.timeMs : next.minTimeMs <= best.timeMs))) {
        waiting.shift();
        const source = { state: next, pages: dayPages(reader, plan, next, search), queue: [], at: 0 };
        await refill(source);
        if (source.queue.length > 0) open.push(source);
        continue;
      }
      const source = open[0];
      if (!source || !best) return { items, more: false };
      if (items.length === search.limit || room <= 0) return { items, more: true };
      items.push(best);
      room -= JSON.stringify(best.fields).length;
      source.at++;
      if (source.at === source.queue.length) {
        await refill(source);
        if (source.queue.length === 0) open.shift();
      }
    }
  }

  async function count(reader: Reader, plan: Plan): Promise<EventTotal> {
    let total = 0;
    await eachDay(plan, async (state) => {
      total += await countSure(reader, planDay(plan, state), state, countLimit + 1 - total);
      return total <= countLimit;
    });
    await eachDay(plan, async (state) => {
      if (total > countLimit) return false;
      for await (const _ of scanOpen(reader, plan, planDay(plan, state), state)) {
        total++;
        if (total > countLimit) return false;
      }
      return true;
    });
    return { total: Math.min(total, countLimit), totalExact: total <= countLimit };
  }

  return {
    append: (frames) => exclusively(() => appendStaged(folder, engine, days, frames.map(stageFrame))),
    staging: {
      stage: stageFrame,
      // INVARIANT: the caller appends what this store staged, and that is what `stageFrame` makes.
      append: (frames) =>
        exclusively(() => appendStaged(folder, engine, days, frames as readonly FrameLines[])),
    },
    async highWater(journal) {
      return days.highWater(journal);
    },
    async search(scope, request) {
      const search = bindSearch(request);
      const plan = planOf(scope, search.query, search);
      return engine.read(request.signal, async (reader) => {
        const { items, more } = await page(reader, plan, search);
        let total: EventTotal;
        if (search.after) total = { total: search.after.total, totalExact: search.after.totalExact };
        else if (!more && items.length <= countLimit) total = { total: items.length, totalExact: true };
        else total = await count(reader, plan);
        const last = items.at(-1);
        const { total: number, totalExact } = total;
        const next = last && more ? writeCursor(search.order, last, total) : null;
        return { total: number, totalExact, items, next };
      });
    },
    async histogram(scope, request) {
      const buckets = emptyBuckets(request);
      const plan = planOf(scope, request.query, request);
      const add = (index: number, count: number): void => {
        const bucket = buckets[index];
        if (bucket) bucket.count += count;
      };
      await engine.read(request.signal, (reader) =>
        eachDay(plan, async (state) => {
          const day = planDay(plan, state);
          const query = sql(
            `SELECT CAST((time_ms - ?) // ? AS DOUBLE), count(*) FROM ${state.name}.events ` +
              `WHERE ${day.sure.text} GROUP BY 1`,
            BigInt(request.fromMs),
            BigInt(request.stepMs),
            ...day.sure.values,
          );
          for (const [index, counted] of await reader.all(query)) add(index as number, Number(counted));
          for await (const event of scanOpen(reader, plan, day, state))
            add(Math.floor((event.timeMs - request.fromMs) / request.stepMs), 1);
        }),
      );
      return buckets;
    },
    async terms(scope, request) {
      const size = limitWithin(request.size ?? 10, 100, 'size');
      const plan = planOf(scope, request.query, request);
      const counter = openTermCount();
      await engine.read(request.signal, (reader) =>
        eachDay(plan, (state) => countDayTerms(reader, plan, state, request.path, counter)),
      );
      return counter.top(size);
    },
    async get(scope, id) {
      const visible = scopeSql(scope);
      const condition = every(sql('id = ?', id), visible);
      return engine.read(undefined, async (reader) => {
        for (const state of [...days.list()].reverse()) {
          const rows = await days.use(state.day, () =>
            reader.all(
              sql(
                `SELECT ${EVENT_COLUMNS} FROM ${state.name}.events WHERE ${condition.text} LIMIT 1`,
                ...condition.values,
              ),
            ),
          );
          if (rows?.[0]) return rowEvent(rows[0]);
        }
        return undefined;
      });
    },
    async days() {
      return Promise.all(days.list().map((state) => days.describe(state)));
    },
    dropDay: (day) => exclusively(() => days.drop(day)),
    discardSource: (source) =>
      exclusively(async () => {
        let gone = 0;
        for (const { day } of days.list()) gone += await discardFromDay(engine, days, day, source);
        return gone;
      }),
    backup: (target) =>
      exclusively(async () => {
        if (target === folder)
          throw new FaultError(fault('backup_invalid', { reason: 'it would lie in the store itself' }));
        for (const state of days.list()) await days.copy(state.day, target);
      }),
    async close() {
      await writing;
      await days.close();
      await engine.close();
    },
  };
}
