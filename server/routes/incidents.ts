/** Incidents: list, one, made and edited, its alerts, comments and timeline. */
import Type from 'typebox';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import { Incident, TimelineEntry } from '#kernel/schema/alert.js';
import { SeverityWord, words } from '#kernel/schema/pieces.js';
import { STAGES } from '#kernel/vocabulary.js';
import type { Cases } from '#incidents/cases.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, valueOf } from '../problems.js';
import { oneOf, referring, pageWithFacets } from './filters.js';
import {
  answers,
  bare,
  commaList,
  Cursor,
  exactly,
  Facets,
  IdParams,
  limitUpTo,
  page,
  queryOf,
  Realm,
  Text,
  Version,
  versioned,
  withVersion,
} from './shapes.js';

const shown = versioned(Incident);
const Next = Type.Object({
  next: Type.Array(Type.Object({ to: words(STAGES), back: Type.Boolean(), noteRequired: Type.Boolean() })),
});
const Ids = Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 1000 });
const title = Type.String({ minLength: 1, maxLength: 300 });
const summary = Text(8000);
const read = { permission: 'incidents:read' } as const;
const write = { permission: 'incidents:write' } as const;
const SORTS = ['createdAt', 'updatedAt', 'severity'] as const;

export interface IncidentServices {
  readonly records: RecordStore;
  readonly cases: Cases;
}

/** An incident with the steps that are open to it. */
export function withNext(cases: Cases, found: Versioned<Incident>) {
  return { ...withVersion(found), next: cases.next(found.value).map((step) => ({ ...step })) };
}

export const IncidentAnswer = Type.Intersect([shown, Next]);

export const INCIDENT_FILTERS = {
  q: Text(4096),
  stage: Text(200, 'comma list; `open` is all but closed'),
  severity: Text(200, 'comma list'),
  assignee: Text(256, 'account id, `me`, or `none`'),
};

/** Faults `invalid_query`. */
export function incidentQuery(
  { q, stage, severity, assignee }: { readonly [K in keyof typeof INCIDENT_FILTERS]?: string },
  grant: Grant,
): Query {
  const stages = commaList(stage).flatMap((one): readonly string[] =>
    one === 'open' ? STAGES.filter((each) => each !== 'closed') : [one],
  );
  return queryOf(
    q,
    ...oneOf('stage', stages.join(',')),
    ...oneOf('severity', severity),
    ...referring('assignee', assignee, grant),
  );
}

export function incidentRoutes(app: FastifyTypeBox, { records, cases }: IncidentServices): void {
  app.get(
    '/incidents',
    {
      config: { ...read, reads: 'much' },
      schema: {
        tags: ['incidents'],
        summary: 'Incidents, the latest changed first',
        querystring: exactly({
          ...INCIDENT_FILTERS,
          sort: Type.Optional(words(SORTS)),
          order: Type.Optional(words(['asc', 'desc'] as const)),
          limit: limitUpTo(1000, 50),
          cursor: Cursor,
          facets: Text(500, 'comma list of paths'),
          realm: Realm,
        }),
        response: answers({ 200: Type.Intersect([page(shown), Type.Object({ facets: Facets })]) }),
      },
    },
    async ({ grant, query }) => {
      const filter = incidentQuery(query, grant);
      const sort = [{ path: query.sort ?? 'updatedAt', order: query.order ?? 'desc' }] as const;
      const found = await pageWithFacets(records, grant, 'incidents', filter, sort, query);
      return { ...found, items: found.items.map(withVersion) };
    },
  );

  app.post(
    '/incidents',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Make an incident, with or without alerts',
        body: exactly({
          title: Type.Optional(title),
          summary,
          severity: Type.Optional(SeverityWord),
          alerts: Type.Optional(Ids),
        }),
        response: answers({ 201: shown }),
      },
    },
    async ({ grant, body }, reply) =>
      reply
        .code(201)
        .send(withVersion(valueOf(await cases.create(grant, { ...body, alerts: body.alerts ?? [] })))),
  );

  app.get(
    '/incidents/:id',
    {
      config: read,
      schema: {
        tags: ['incidents'],
        summary: 'One incident, and where it can go',
        params: IdParams,
        response: answers({ 200: IncidentAnswer }),
      },
    },
    async ({ grant, params }) =>
      withNext(
        cases,
        (await records.get(grant.scope, 'incidents', params.id)) ?? notFound('incident', params.id),
      ),
  );

  app.patch(
    '/incidents/:id',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Edit or assign an incident',
        params: IdParams,
        body: exactly({
          version: Version,
          title: Type.Optional(title),
          summary,
          severity: Type.Optional(SeverityWord),
          assignee: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Type.Null()])),
        }),
        response: answers({ 200: IncidentAnswer }),
      },
    },
    async ({ grant, params, body: { version, ...change } }) => {
      const assignee = change.assignee === 'me' ? grant.actor.id : change.assignee;
      const wanted = { ...change, ...(assignee !== undefined && { assignee }) };
      return withNext(cases, valueOf(await cases.patch(grant, params.id, version, wanted)));
    },
  );

  app.post(
    '/incidents/:id/alerts',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Take alerts in or out',
        params: IdParams,
        body: exactly({ version: Version, add: Type.Optional(Ids), remove: Type.Optional(Ids) }),
        response: answers({ 200: IncidentAnswer }),
      },
    },
    async ({ grant, params, body: { version, ...change } }) =>
      withNext(cases, valueOf(await cases.link(grant, params.id, version, change))),
  );

  app.post(
    '/incidents/:id/comments',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Write into the timeline',
        params: IdParams,
        body: exactly({ text: Type.String({ minLength: 1, maxLength: 8000 }) }),
        response: answers({ 201: bare(TimelineEntry) }),
      },
    },
    async ({ grant, params, body }, reply) =>
      reply.code(201).send(valueOf(await cases.comment(grant, params.id, body.text))),
  );

  app.get(
    '/incidents/:id/timeline',
    {
      config: read,
      schema: {
        tags: ['incidents'],
        summary: 'What happened, oldest first',
        params: IdParams,
        querystring: exactly({ limit: limitUpTo(1000, 200), cursor: Cursor }),
        response: answers({ 200: page(bare(TimelineEntry)) }),
      },
    },
    async ({ grant, params, query }) => {
      const found = valueOf(await cases.timeline(grant, params.id, query));
      return { ...found, items: [...found.items] };
    },
  );
}
