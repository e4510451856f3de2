/** Exceptions and mutes: what keeps matches out of the queue, by whom, why, and until when. */
import Type from 'typebox';
import { iso, type Clock } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { not } from '#kernel/query/ast.js';
import { AlertSummary } from '#kernel/schema/alert.js';
import { words } from '#kernel/schema/pieces.js';
import { EXCEPTION_KINDS, RuleException } from '#kernel/schema/rule.js';
import { isWithinUnit } from '#kernel/scope.js';
import type { ExceptionBook } from '#detections/exception-book.js';
import type { FastifyTypeBox } from '../app.js';
import { previewException } from '../exception-preview.js';
import { instantRange } from '../instant-range.js';
import { notFound, valueOf } from '../problems.js';
import type { RuleBook } from '../rule-book.js';
import { parseInstant } from '../time.js';
import { summaryOf } from './alerts.js';
import { sameAs } from './filters.js';
import {
  answers,
  Cursor,
  exactly,
  IdParams,
  limitUpTo,
  page,
  queryOf,
  Realm,
  Text,
  versioned,
  withVersion,
} from './shapes.js';

const Answer = versioned(RuleException);
const SummaryAnswer = versioned(AlertSummary);
const Reason = Type.String({ minLength: 1, maxLength: 1000 });
const End = Type.String({ maxLength: 40, description: 'ISO 8601' });
const QueryText = Type.String({ minLength: 1, maxLength: 4096, description: 'query text over the event' });
const RuleId = Type.String({ minLength: 1, maxLength: 256 });
const read = { permission: 'exceptions:read' } as const;
const write = { permission: 'exceptions:write' } as const;
const DAY_MS = 86_400_000;

export interface ExceptionServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly rules: Pick<RuleBook, 'get' | 'queryOf'>;
  readonly exceptions: ExceptionBook;
}

export function exceptionRoutes(app: FastifyTypeBox, services: ExceptionServices): void {
  const { records, clock, rules, exceptions } = services;
  const instant = (text: string, name: string) => valueOf(parseInstant(text, name, clock.nowMs()));

  app.get(
    '/exceptions',
    {
      config: read,
      schema: {
        tags: ['exceptions'],
        summary: 'Exceptions and mutes, newest first',
        querystring: exactly({
          kind: Type.Optional(words(EXCEPTION_KINDS)),
          rule: Text(256),
          state: Type.Optional(words(['active', 'ended'] as const)),
          limit: limitUpTo(1000, 100),
          cursor: Cursor,
          realm: Realm,
        }),
        response: answers({ 200: page(Answer) }),
      },
    },
    async ({ grant, query: { kind, rule, state, limit = 100, cursor } }) => {
      const now = iso(clock.nowMs());
      const ended = { kind: 'exists', path: 'endedAt' } as const;
      const over = instantRange('expiresAt', undefined, now);
      const query = queryOf(
        undefined,
        ...sameAs('kind', kind),
        ...sameAs('rule', rule),
        ...(state === 'active' ? [not(ended), not(over)] : []),
        ...(state === 'ended' ? [{ kind: 'or', of: [ended, over] } as const] : []),
      );
      const sort = { path: 'createdAt', order: 'desc' } as const;
      const found = await records.search(grant.scope, 'exceptions', {
        ...{ query, sort, limit },
        ...(cursor && { cursor }),
      });
      return { ...found, items: found.items.map(withVersion) };
    },
  );

  app.post(
    '/exceptions',
    {
      config: write,
      schema: {
        tags: ['exceptions'],
        summary: 'Let a rule pass over what a query describes, until an end',
        body: exactly({
          ...{ rule: RuleId, query: QueryText, reason: Reason, expiresAt: End },
          owner: Type.Optional(
            Type.String({ minLength: 1, maxLength: 256, description: 'who asks, by default' }),
          ),
          unit: Type.Optional(
            Type.String({ maxLength: 512, description: 'the first of one’s own, by default' }),
          ),
        }),
        response: answers({ 201: Answer }),
      },
    },
    async ({ grant, body }, reply) => {
      const rule = rules.get(body.rule) ?? notFound('rule', body.rule);
      const unit = body.unit ?? grant.scope.units[0] ?? '/';
      if (!grant.scope.units.some((own) => isWithinUnit(unit, own))) return notFound('unit', unit);
      const owner = body.owner ?? grant.actor.id;
      if (body.owner !== undefined && !(await records.get(grant.scope, 'users', owner)))
        return notFound('user', owner);
      const made = await exceptions.except(grant, {
        ...{ rule: rule.id, ruleTitle: rule.title, query: body.query, owner, unit },
        ...{ reason: body.reason, expiresMs: instant(body.expiresAt, 'expiresAt') },
      });
      return reply.code(201).send(withVersion(valueOf(made)));
    },
  );

  app.post(
    '/exceptions/preview',
    {
      // It counts events by any query and shows alerts: a scope for rules alone must not read them this way.
      config: { ...read, also: ['events:read', 'alerts:read'], reads: 'much' },
      schema: {
        tags: ['exceptions'],
        summary: 'What an exception would have hidden',
        body: exactly({
          ...{ rule: RuleId, query: QueryText },
          days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, default: 30 })),
          to: Type.Optional(
            Type.String({ maxLength: 40, description: 'end of those days, ISO 8601; now by default' }),
          ),
        }),
        response: answers({
          200: Type.Object({
            matches: Type.Optional(
              Type.Integer({
                description: 'stored events that the rule holds for; absent: it is not loaded',
              }),
            ),
            hidden: Type.Optional(Type.Integer({ description: 'those of them that the query takes' })),
            alertsOfRule: Type.Integer(),
            alertsHidden: Type.Integer({ description: 'alerts whose kept events would all have been taken' }),
            alertsLookedAt: Type.Integer(),
            alerts: Type.Array(SummaryAnswer, { description: 'the newest of them, at most 20' }),
          }),
        }),
      },
    },
    async ({ grant, signal, body: { rule, query, days = 30, to } }) => {
      const toMs = to === undefined ? clock.nowMs() + 1 : instant(to, 'to');
      const found = await previewException(services, {
        ...{ scope: grant.scope, rule, ruleQuery: rules.queryOf(rule), exception: queryOf(query) },
        ...{ fromMs: toMs - days * DAY_MS, toMs, signal },
      });
      return { ...found, alerts: found.alerts.map(summaryOf) };
    },
  );

  app.post(
    '/exceptions/:id/end',
    {
      config: write,
      schema: {
        tags: ['exceptions'],
        summary: 'End an exception or a mute before its time',
        params: IdParams,
        response: answers({ 200: Answer }),
      },
    },
    async ({ grant, params }) => withVersion(valueOf(await exceptions.end(grant, params.id))),
  );

  app.post(
    '/exceptions/:id/renew',
    {
      config: write,
      schema: {
        tags: ['exceptions'],
        summary: 'Give an exception or a mute another end; one that has ended holds again',
        params: IdParams,
        body: exactly({ expiresAt: End }),
        response: answers({ 200: Answer }),
      },
    },
    async ({ grant, params, body }) => {
      const expiresMs = instant(body.expiresAt, 'expiresAt');
      return withVersion(valueOf(await exceptions.renew(grant, params.id, expiresMs)));
    },
  );

  app.post(
    '/alerts/:id/mute',
    {
      config: { permission: 'alerts:write' },
      schema: {
        tags: ['alerts', 'exceptions'],
        summary: 'Count further matches of this alert’s group without raising them, until an end',
        params: IdParams,
        body: exactly({ until: End, reason: Reason }),
        response: answers({ 201: Answer }),
      },
    },
    async ({ grant, params, body }, reply) => {
      const alert = (await records.get(grant.scope, 'alerts', params.id)) ?? notFound('alert', params.id);
      const until = { expiresMs: instant(body.until, 'until'), reason: body.reason };
      return reply.code(201).send(withVersion(valueOf(await exceptions.mute(grant, alert.value, until))));
    },
  );

  app.delete(
    '/alerts/:id/mutes/:mute',
    {
      config: { permission: 'alerts:write' },
      schema: {
        tags: ['alerts', 'exceptions'],
        summary: 'Let matches of this alert’s group raise again',
        params: exactly({ ...IdParams.properties, mute: Type.String({ minLength: 1, maxLength: 256 }) }),
        response: answers({ 200: Answer }),
      },
    },
    async ({ grant, params: { id, mute } }) => {
      const alert = (await records.get(grant.scope, 'alerts', id)) ?? notFound('alert', id);
      const found = await records.get(grant.scope, 'exceptions', mute);
      if (found?.value.kind !== 'mute' || found.value.groupKey !== alert.value.groupKey)
        return notFound('exception', mute);
      return withVersion(valueOf(await exceptions.end(grant, mute)));
    },
  );
}
