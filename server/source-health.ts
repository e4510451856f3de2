/** How a source does: what it delivers, how late that comes, and the shapes of what nobody could read. */
import Type, { type Static } from 'typebox';
import { textOf, type Event } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import { ALL, equals } from '#kernel/query/ast.js';
import { Instant } from '#kernel/schema/pieces.js';
import type { Scope } from '#kernel/scope.js';
import { groupByShape } from './log-shape.js';

const HOUR_MS = 3_600_000;
/** Span that is told of. */
const HOURS = 24;
/** Newest events that lateness is measured by. */
const MEASURED = 1000;
/** Unread events that are grouped, and groups that are told. */
const GROUPED = 500;
const SHAPES = 12;
/** Characters of an example, of a reason. */
const EXAMPLE = 500;
const REASON = 200;

const Milliseconds = Type.Integer({
  description: 'milliseconds; negative where the clock of the sender is ahead',
});

export const SourceHealth = Type.Object({
  /** By event time, oldest first; the last is the running hour. */
  hours: Type.Array(Type.Object({ from: Instant, events: Type.Integer() }), {
    description: 'events by the hour of their own time, over 24 hours',
  }),
  lateness: Type.Optional(
    Type.Object(
      { events: Type.Integer(), p50Ms: Milliseconds, p95Ms: Milliseconds, mostMs: Milliseconds },
      {
        description: 'from the event’s own time to its acceptance, over the newest 1,000 events of 24 hours',
      },
    ),
  ),
  unread: Type.Object({
    events: Type.Integer({ description: 'of 24 hours; at most 10,000 are counted' }),
    exact: Type.Boolean(),
    grouped: Type.Integer({ description: 'the newest of them, grouped into shapes' }),
    shapes: Type.Array(
      Type.Object({
        shape: Type.String({ description: 'the line without what changes from line to line' }),
        events: Type.Integer(),
        reason: Type.String(),
        lastAt: Instant,
        example: Type.String({ description: 'the newest line of this shape, cut at 500 characters' }),
      }),
    ),
  }),
});
export type SourceHealth = Static<typeof SourceHealth>;

/**
 * `text`: whether the person may read log text; without it shapes are left out. Lines keep no more than the scope
 * shows.
 */
export async function healthOf(
  events: EventStore,
  scope: Scope,
  source: string,
  { nowMs, text }: { readonly nowMs: number; readonly text: boolean },
): Promise<SourceHealth> {
  const toMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  const fromMs = toMs - HOURS * HOUR_MS;
  const failed = equals('event.kind', 'pipeline_error');
  const [buckets, newest, unread] = await Promise.all([
    events.histogram(scope, { query: ALL, source, fromMs, toMs, stepMs: HOUR_MS }),
    events.search(scope, { query: ALL, source, fromMs, limit: MEASURED }),
    events.search(scope, { query: failed, source, fromMs, limit: GROUPED }),
  ]);
  const lateness = latenessOf(newest.items);
  return {
    hours: buckets.map(({ fromMs: from, count }) => ({ from: instant(from), events: count })),
    ...(lateness && { lateness }),
    unread: {
      events: unread.total,
      exact: unread.totalExact,
      grouped: text ? unread.items.length : 0,
      shapes: text ? shapesOf(unread.items) : [],
    },
  };
}

/** By rank: the smallest value that so large a share lies at or below. Undefined without an event. */
export function latenessOf(
  events: readonly Pick<Event, 'timeMs' | 'ingestedMs'>[],
): SourceHealth['lateness'] {
  const late = events.map(({ timeMs, ingestedMs }) => ingestedMs - timeMs).sort((a, b) => a - b);
  const most = late.at(-1);
  if (most === undefined) return undefined;
  const rank = (share: number) => late[Math.ceil(late.length * share) - 1] ?? most;
  return { events: late.length, p50Ms: rank(0.5), p95Ms: rank(0.95), mostMs: most };
}

/** Of events that are given newest first. */
function shapesOf(events: readonly Event[]): SourceHealth['unread']['shapes'] {
  const lineOf = ({ fields }: Event) => textOf(fields, 'event.original') ?? textOf(fields, 'message') ?? '';
  return groupByShape(events, lineOf)
    .slice(0, SHAPES)
    .map(({ shape, count, first }) => ({
      shape,
      events: count,
      reason: (textOf(first.fields, 'error.message') ?? '').slice(0, REASON),
      lastAt: instant(first.timeMs),
      example: lineOf(first).slice(0, EXAMPLE),
    }));
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
