/** Retro-hunts: a rule over events that are stored already, as a job. */
import Type from 'typebox';
import { iso, type Clock, type Identifiers } from '#kernel/clock.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { and, equals } from '#kernel/query/ast.js';
import { Hunt } from '#kernel/schema/hunt.js';
import { Job } from '#kernel/schema/source.js';
import { hunt } from '#detections/hunt.js';
import { authorizeSystem, type Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import type { Jobs } from '../jobs.js';
import { notFound, refuse, valueOf } from '../problems.js';
import type { RuleBook } from '../rule-book.js';
import { parseInstant } from '../time.js';
import { answers, bare, exactly, IdParams, limitUpTo, page, Text } from './shapes.js';

/** With how far its job is. */
const Answer = Type.Intersect([
  bare(Hunt),
  Type.Object({ progress: bare(Type.Pick(Job, ['state', 'done', 'total', 'endedAt', 'message', 'code'])) }),
]);
/** It reads much, so it takes who works on alerts; it shows events, so it takes who may read them. */
const start = { permission: 'alerts:write', also: ['events:read', 'rules:read'] } as const;
const read = { permission: 'events:read', also: ['rules:read'] } as const;
const DAY_MS = 86_400_000;
const MOST_DAYS = 3_660;
/** Each reads day after day of all that is stored: one goes after the other, and so many may stand in line. */
const MOST_IN_LINE = 20;

export interface HuntServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Identifiers;
  readonly jobs: Jobs;
  readonly rules: Pick<RuleBook, 'get' | 'queryOf' | 'alone'>;
}

export function huntRoutes(app: FastifyTypeBox, services: HuntServices): void {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn: InTurn = (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const { records, audit, clock, jobs, rules } = services;
  const shown = async (grant: Grant, { value }: Versioned<Hunt>) => {
    const job = await records.get(grant.scope, 'jobs', value.job);
    const { state = 'failed', done = 0, total = 0, endedAt, message, code } = job?.value ?? {};
    return {
      ...value,
      progress: {
        state,
        done,
        total,
        ...(endedAt && { endedAt }),
        ...(message && { message }),
        ...(code && { code }),
      },
    };
  };

  app.post(
    '/rules/:id/hunts',
    {
      config: start,
      schema: {
        tags: ['rules', 'jobs'],
        summary: 'Look for matches of the rule among stored events, as a job',
        params: IdParams,
        body: exactly({
          from: Text(40, 'event time, ISO 8601 or relative; `now-30d` by default'),
          to: Text(40, '`now` by default'),
        }),
        response: answers({ 202: Answer }),
      },
    },
    async ({ grant, params, body }, reply) => {
      const rule = rules.get(params.id) ?? notFound('rule', params.id);
      const instant = (text: string, name: string) => valueOf(parseInstant(text, name, clock.nowMs()));
      const fromMs = instant(body.from ?? 'now-30d', 'from');
      const toMs = instant(body.to ?? 'now', 'to');
      if (toMs <= fromMs || toMs - fromMs > MOST_DAYS * DAY_MS)
        return refuse('invalid_request', undefined, [
          { message: `\`from\` must lie before \`to\`, by at most ${MOST_DAYS} days`, at: '/from' },
        ]);
      const running = await records.search(authorizeSystem('hunts').scope, 'jobs', {
        query: and(equals('kind', 'hunt'), equals('state', 'running')),
        limit: 1,
      });
      if (running.total >= MOST_IN_LINE) return refuse('too_many_requests', { seconds: 30 });
      const started = await begin(services, inTurn, grant, {
        id: rule.id,
        version: rule.version,
        title: rule.title,
        fromMs,
        toMs,
      });
      return reply.code(202).send(await shown(grant, started));
    },
  );

  app.get(
    '/rules/:id/hunts',
    {
      config: read,
      schema: {
        tags: ['rules'],
        summary: 'Retro-hunts of the rule, newest first',
        params: IdParams,
        querystring: exactly({ limit: limitUpTo(100, 10) }),
        response: answers({ 200: page(Answer) }),
      },
    },
    async ({ grant, params, query: { limit = 10 } }) => {
      const found = await records.search(grant.scope, 'hunts', {
        query: equals('rule', params.id),
        sort: { path: 'startedAt', order: 'desc' },
        limit,
      });
      return { ...found, items: await Promise.all(found.items.map((one) => shown(grant, one))) };
    },
  );

  app.get(
    '/hunts/:id',
    {
      config: read,
      schema: {
        tags: ['rules'],
        summary: 'One retro-hunt',
        params: IdParams,
        response: answers({ 200: Answer }),
      },
    },
    async ({ grant, params }) =>
      shown(grant, (await records.get(grant.scope, 'hunts', params.id)) ?? notFound('hunt', params.id)),
  );

  app.delete(
    '/hunts/:id',
    {
      config: start,
      schema: {
        tags: ['rules', 'jobs'],
        summary: 'End a retro-hunt; what it has found stays',
        params: IdParams,
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      const { value } = (await records.get(grant.scope, 'hunts', params.id)) ?? notFound('hunt', params.id);
      if (jobs.cancel(value.job))
        await audit.note({
          actor: grant.actor,
          action: 'job.cancelled',
          target: `jobs/${value.job}`,
          unit: value.unit,
          realm: value.realm,
        });
      return reply.code(204).send(null);
    },
  );
}

/** Does the work when what came before it is done. */
type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

interface Wish {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What it finds is for whoever may see all that the hunter may: entities of events stand in it. */
async function begin(
  { records, events, ids, jobs, rules }: HuntServices,
  inTurn: InTurn,
  { scope, actor }: Grant,
  { id: rule, version, title, fromMs, toMs }: Wish,
): Promise<Versioned<Hunt>> {
  const own = authorizeSystem('hunts').scope;
  const place = { unit: scope.units[0] ?? '/', realm: scope.realm, classification: scope.ceiling };
  const id = ids.next('hnt');
  let begun: (hunt: Versioned<Hunt>) => void = () => undefined;
  const created = new Promise<Versioned<Hunt>>((resolve) => (begun = resolve));
  const job = await jobs.start(
    { kind: 'hunt', title, actor, data: { hunt: id, rule }, ...place },
    async (progress, signal) => {
      const { value, version: at } = await created;
      const alone = rules.alone(rule);
      const query = rules.queryOf(rule);
      if (!alone || !query) return notFound('rule', rule);
      const { reachedMs, ...found } = await inTurn(() =>
        hunt(events, {
          ...{ scope, rules: alone, rule, query, fromMs, toMs, signal, progress },
        }),
      );
      const next: Hunt = { ...value, ...found, reached: iso(reachedMs) };
      await records.write(own, [{ kind: 'replace', collection: 'hunts', value: next, version: at }]);
      return { message: `${found.matches} matches`, data: { matches: found.matches } };
    },
  );
  const value: Hunt = {
    ...{ id, ...place, rule, version, job: job.value.id },
    ...{ from: iso(fromMs), to: iso(toMs), startedAt: job.value.startedAt, startedBy: actor.id },
    ...{ matches: 0, groups: [], further: 0 },
  };
  await records.write(own, [{ kind: 'create', collection: 'hunts', value }]);
  const made = { value, version: 1 };
  begun(made);
  return made;
}
