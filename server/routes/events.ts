/** Event search: list, histogram, top values, one event. */
import Type from 'typebox';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { Clock } from '#kernel/clock.js';
import { EventSchema, words } from '#kernel/schema/pieces.js';
import { FIELD_KINDS, fieldsOf } from '../event-fields.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, refuse, valueOf } from '../problems.js';
import { parseInstant } from '../time.js';
import {
  answers,
  bare,
  Cursor,
  exactly,
  IdParams,
  limitUpTo,
  page,
  queryOf,
  Realm,
  Text,
  Time,
} from './shapes.js';

const HOUR_MS = 3_600_000;
/** Events read to learn which paths a result has: enough to see them, and cheap whatever the result. */
const FIELD_SAMPLE = 500;
export const EVENT_WINDOW = { q: Text(16_384, 'query text'), from: Time, to: Time, realm: Realm };
const event = bare(EventSchema);
const read = { permission: 'events:read' } as const;
const much = { ...read, reads: 'much' } as const;

interface TimeRange {
  readonly from?: string;
  readonly to?: string;
}

/** Faults `invalid_request`. */
export function eventWindow(query: TimeRange, clock: Clock): { fromMs?: number; toMs?: number } {
  const nowMs = clock.nowMs();
  const fromMs = query.from === undefined ? undefined : valueOf(parseInstant(query.from, 'from', nowMs));
  const toMs = query.to === undefined ? undefined : valueOf(parseInstant(query.to, 'to', nowMs));
  return { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
}

export function eventRoutes(
  app: FastifyTypeBox,
  { events, clock }: { events: EventStore; clock: Clock },
): void {
  const windowOf = (query: TimeRange) => eventWindow(query, clock);

  app.get(
    '/events/search',
    {
      config: much,
      schema: {
        tags: ['events'],
        summary: 'Events that match, newest first',
        querystring: exactly({
          ...EVENT_WINDOW,
          limit: limitUpTo(1000, 100),
          cursor: Cursor,
          order: Type.Optional(Type.Union([Type.Literal('newest'), Type.Literal('oldest')])),
        }),
        response: answers({
          200: Type.Intersect([
            page(event),
            Type.Object({ totalExact: Type.Boolean({ description: 'false: `total` is a lower bound' }) }),
          ]),
        }),
      },
    },
    async (request) => {
      const { q, limit, cursor, order } = request.query;
      const found = await events.search(request.grant.scope, {
        query: queryOf(q),
        ...windowOf(request.query),
        limit: limit ?? 100,
        ...(cursor && { cursor }),
        ...(order && { order }),
        signal: request.signal,
      });
      return { ...found, items: [...found.items] as never[] };
    },
  );

  app.get(
    '/events/histogram',
    {
      config: much,
      schema: {
        tags: ['events'],
        summary: 'Events over time; the last hour by default',
        querystring: exactly({ ...EVENT_WINDOW, buckets: limitUpTo(1000, 60) }),
        response: answers({
          200: Type.Object({
            stepMs: Type.Integer({ minimum: 1 }),
            buckets: Type.Array(Type.Object({ fromMs: Type.Number(), count: Type.Integer() })),
          }),
        }),
      },
    },
    async (request) => {
      const { q, buckets = 60 } = request.query;
      const given = windowOf(request.query);
      const toMs = given.toMs ?? clock.nowMs();
      const fromMs = given.fromMs ?? toMs - HOUR_MS;
      if (fromMs >= toMs)
        return refuse('invalid_request', undefined, [{ message: '`from` is not before `to`', at: '/from' }]);
      const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / buckets));
      const counted = await events.histogram(request.grant.scope, {
        query: queryOf(q),
        fromMs,
        toMs,
        stepMs,
        signal: request.signal,
      });
      return { stepMs, buckets: [...counted] };
    },
  );

  app.get(
    '/events/terms',
    {
      config: much,
      schema: {
        tags: ['events'],
        summary: 'The most frequent values of a path',
        querystring: exactly({
          ...EVENT_WINDOW,
          path: Type.String({ minLength: 1, maxLength: 500 }),
          size: limitUpTo(100, 10),
        }),
        response: answers({
          200: Type.Object({
            items: Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() })),
          }),
        }),
      },
    },
    async (request) => {
      const { q, path, size = 10 } = request.query;
      const items = await events.terms(request.grant.scope, {
        query: queryOf(q),
        path,
        size,
        ...windowOf(request.query),
        signal: request.signal,
      });
      return { items: [...items] };
    },
  );

  app.get(
    '/events/fields',
    {
      config: much,
      schema: {
        tags: ['events'],
        summary: 'The paths of the newest events of a result, most frequent first',
        querystring: exactly(EVENT_WINDOW),
        response: answers({
          200: Type.Object({
            sampled: Type.Integer({ description: `events that were read, at most ${FIELD_SAMPLE}` }),
            total: Type.Integer(),
            totalExact: Type.Boolean(),
            items: Type.Array(
              Type.Object({
                path: Type.String(),
                count: Type.Integer({ description: 'events of the sample that have it' }),
                kind: words(FIELD_KINDS),
              }),
            ),
          }),
        }),
      },
    },
    async (request) => {
      const { items, total, totalExact } = await events.search(request.grant.scope, {
        query: queryOf(request.query.q),
        ...windowOf(request.query),
        limit: FIELD_SAMPLE,
        signal: request.signal,
      });
      return { sampled: items.length, total, totalExact, items: [...fieldsOf(items)] };
    },
  );

  app.get(
    '/events/:id',
    {
      config: read,
      schema: { tags: ['events'], summary: 'One event', params: IdParams, response: answers({ 200: event }) },
    },
    async (request) => {
      const found = await events.get(request.grant.scope, request.params.id);
      return (found ?? notFound('event', request.params.id)) as never;
    },
  );
}
