/** Reading one day: pages in order, counts, and the rows that only the predicate can judge. */
import type { Event } from '#kernel/event.js';
import type { Query } from '#kernel/query/ast.js';
import type { Predicate } from '#kernel/query/predicate.js';
import type { Scope } from '#kernel/scope.js';
import { eventOrder, predicateOf, type BoundSearch, type EventKey } from '../event-request.js';
import type { DayState } from './day-files.js';
import { EVENT_COLUMNS, rowEvent } from './day-table.js';
import type { Reader } from './duck-engine.js';
import { compileBounds, scopeSql } from './event-sql.js';
import { every, FALSE, negate, some, sql, TRUE, type Bounds, type Sql } from './sql.js';

/** A query under a scope, ready for any day. */
export interface Plan {
  readonly bounds: Bounds;
  /** Who may see a row, and of which source it is. */
  readonly frame: Sql;
  readonly holds: Predicate;
  readonly fromMs: number;
  readonly toMs: number;
}

export function planOf(
  scope: Scope,
  query: Query,
  range: { source?: string | undefined; fromMs?: number; toMs?: number },
): Plan {
  const source = range.source === undefined ? TRUE : sql('source = ?', range.source);
  return {
    bounds: compileBounds(query),
    frame: every(scopeSql(scope), source),
    holds: predicateOf(query),
    fromMs: range.fromMs ?? -Infinity,
    toMs: range.toMs ?? Infinity,
  };
}

/** The plan's conditions on one day. */
export interface DayPlan {
  /** Rows that match for certain. */
  readonly sure: Sql;
  /** Rows that may match besides; the predicate decides. `FALSE` where the SQL is exact. */
  readonly open: Sql;
  readonly exact: boolean;
}

export function planDay(plan: Plan, state: DayState): DayPlan {
  const frame = every(plan.frame, timeSql(plan.fromMs, plan.toMs, state));
  const { lower, upper } = plan.bounds;
  const exact = plan.bounds.exact && state.odd === 0;
  if (exact) return { sure: every(frame, lower), open: FALSE, exact };
  const odd = state.odd > 0;
  return {
    sure: every(frame, lower, odd ? sql('NOT odd') : TRUE),
    open: every(frame, odd ? some(sql('odd'), every(upper, negate(lower))) : every(upper, negate(lower))),
    exact,
  };
}

/** True if the day may hold events of the plan's time range. */
export function touches(plan: Plan, state: DayState): boolean {
  return state.maxTimeMs >= plan.fromMs && state.minTimeMs < plan.toMs;
}

function timeSql(fromMs: number, toMs: number, state: DayState): Sql {
  return every(
    fromMs > state.minTimeMs ? sql('time_ms >= ?', whole(fromMs)) : TRUE,
    toMs <= state.maxTimeMs ? sql('time_ms < ?', whole(toMs)) : TRUE,
  );
}

/** Times are whole milliseconds, so a bound between two of them means the next. */
function whole(ms: number): bigint {
  return BigInt(Math.ceil(ms));
}

/** Number of certain matches, counted up to `limit`. */
export async function countSure(
  reader: Reader,
  day: DayPlan,
  state: DayState,
  limit: number,
): Promise<number> {
  const query = sql(
    `SELECT count(*) FROM (SELECT 1 FROM ${state.name}.events WHERE ${day.sure.text} LIMIT ${limit})`,
    ...day.sure.values,
  );
  const [row] = await reader.all(query);
  return Number(row?.[0] ?? 0);
}

/** Events among the open rows that do match, in no order. */
export async function* scanOpen(
  reader: Reader,
  plan: Plan,
  day: DayPlan,
  state: DayState,
): AsyncIterable<Event> {
  if (day.open === FALSE) return;
  yield* scan(reader, state, day.open, plan.holds);
}

/** Events of a condition that the predicate, if one is given, confirms. */
export async function* scan(
  reader: Reader,
  state: DayState,
  condition: Sql,
  holds?: Predicate,
): AsyncIterable<Event> {
  const query = sql(
    `SELECT ${EVENT_COLUMNS} FROM ${state.name}.events WHERE ${condition.text}`,
    ...condition.values,
  );
  for await (const rows of reader.stream(query))
    for (const row of rows) {
      const event = rowEvent(row);
      if (!holds || holds(event.fields)) yield event;
      const breath = reader.breathe();
      if (breath) await breath;
    }
}

/**
 * Next events of one day in order; an empty list at its end. `passed` is the last event that was given out from any
 * day: what was stored meanwhile and sorts before it belongs to no page any more.
 */
export type DayPages = (limit: number, passed: EventKey | undefined) => Promise<readonly Event[]>;

function further(
  order: BoundSearch['order'],
  a: EventKey | undefined,
  b: EventKey | undefined,
): EventKey | undefined {
  if (!a || !b) return a ?? b;
  return eventOrder(order)(a, b) > 0 ? a : b;
}

export function dayPages(reader: Reader, plan: Plan, state: DayState, search: BoundSearch): DayPages {
  const day = planDay(plan, state);
  return day.exact ? exactPages(reader, day, state, search) : windowPages(reader, plan, day, state, search);
}

function exactPages(reader: Reader, day: DayPlan, state: DayState, search: BoundSearch): DayPages {
  let after = search.after?.key;
  let ended = false;
  return async (limit, passed) => {
    if (ended) return [];
    after = further(search.order, after, passed);
    const condition = every(day.sure, after ? afterSql(after, search.order) : TRUE);
    const direction = search.order === 'newest' ? 'DESC' : 'ASC';
    const rows = await reader.all(
      sql(
        `SELECT ${EVENT_COLUMNS} FROM ${state.name}.events WHERE ${condition.text} ` +
          `ORDER BY time_ms ${direction}, seq ${direction}, id ${direction} LIMIT ${limit}`,
        ...condition.values,
      ),
    );
    const events = rows.map(rowEvent);
    ended = events.length < limit;
    after = events.at(-1) ?? after;
    return events;
  };
}

/** Rows strictly behind a position of the order. The first condition lets whole blocks be skipped. */
function afterSql(key: EventKey, order: 'newest' | 'oldest'): Sql {
  const [beyond, reach] = order === 'newest' ? ['<', '<='] : ['>', '>='];
  const [time, seq] = [BigInt(key.timeMs), BigInt(key.seq)];
  return sql(
    `(time_ms ${reach} ? AND (time_ms ${beyond} ? OR seq ${beyond} ? OR (seq = ? AND id ${beyond} ?)))`,
    time,
    time,
    seq,
    seq,
    key.id,
  );
}

/** Rows of a window that make the next one wider or narrower. */
const FEW = 2_000;
const MANY = 50_000;

/** Pages of a query that needs the predicate: windows of time, wider where little is found, each sorted here. */
function windowPages(
  reader: Reader,
  plan: Plan,
  day: DayPlan,
  state: DayState,
  search: BoundSearch,
): DayPages {
  const newest = search.order === 'newest';
  const order = eventOrder(search.order);
  const first = Math.max(state.minTimeMs, plan.fromMs);
  const end = Math.min(state.maxTimeMs + 1, plan.toMs);
  let after = search.after?.key;
  // The edge that is reached: everything beyond it has been given out.
  let edge = newest
    ? Math.min(end, (after?.timeMs ?? Infinity) + 1)
    : Math.max(first, after?.timeMs ?? first);
  let width = 60_000;

  return async (limit, passed) => {
    while (newest ? edge > first : edge < end) {
      const [low, high] = newest ? [edge - width, edge] : [edge, edge + width];
      after = further(search.order, after, passed);
      const window = every(
        sql('time_ms >= ? AND time_ms < ?', whole(low), whole(high)),
        after ? afterSql(after, search.order) : TRUE,
      );
      const sure = `CASE WHEN ${day.sure.text} THEN TRUE ELSE FALSE END`;
      const either = some(day.sure, day.open);
      const query = sql(
        `SELECT ${EVENT_COLUMNS}, ${sure} FROM ${state.name}.events WHERE ${window.text} AND ${either.text}`,
        ...day.sure.values,
        ...window.values,
        ...either.values,
      );
      let found: Event[] = [];
      let rows = 0;
      let cut = false;
      for await (const chunk of reader.stream(query))
        for (const row of chunk) {
          rows++;
          const breath = reader.breathe();
          if (breath) await breath;
          const event = rowEvent(row);
          if (row.at(-1) !== true && !plan.holds(event.fields)) continue;
          found.push(event);
          // Only the first `limit` can be given out; the rest of a dense window is read again when it is asked for.
          if (found.length >= limit * 4 + 1000) {
            found = found.sort(order).slice(0, limit);
            cut = true;
          }
        }
      found.sort(order);
      if (cut || found.length > limit) {
        found = found.slice(0, limit);
        after = found.at(-1);
      } else {
        edge = newest ? low : high;
        after = undefined;
      }
      if (rows < FEW) width *= 4;
      else if (rows > MANY) width = Math.max(1, Math.floor(width / 4));
      if (found.length > 0) return found;
    }
    return [];
  };
}
