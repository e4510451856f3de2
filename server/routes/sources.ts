/** Sources of logs: those there are, those this machine offers, and what to paste into a shipper. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { Result } from '#kernel/result.js';
import { Source } from '#kernel/schema/source.js';
import { UnitPathText, words } from '#kernel/schema/pieces.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, valueOf } from '../problems.js';
import { healthOf, SourceHealth } from '../source-health.js';
import type { SourcePlan } from '../source-records.js';
import {
  answers,
  Cursor,
  exactly,
  IdParams,
  limitUpTo,
  page,
  Text,
  Version,
  versioned,
  withVersion,
} from './shapes.js';

/** What a source can be asked to do; `wiring/sources.ts` keeps the readers in step with the records. */
export interface SourceControl {
  create(by: Grant, plan: SourcePlan): Promise<Result<Versioned<Source>>>;
  change(
    by: Grant,
    id: string,
    version: number,
    change: { readonly enabled?: boolean; readonly name?: string },
  ): Promise<Result<Versioned<Source>>>;
  remove(by: Grant, id: string): Promise<Result<void>>;
  local(): Promise<LocalSources>;
}

const Local = Type.Object({
  journald: Type.Object({
    available: Type.Boolean(),
    reason: Type.Optional(Type.String()),
    cause: Type.Optional(Type.String({ description: 'stable word for the reason' })),
    group: Type.Optional(Type.String({ description: 'joining this group would make it readable' })),
  }),
  files: Type.Array(
    Type.Object({
      path: Type.String(),
      format: Type.String(),
      readable: Type.Boolean(),
      reason: Type.Optional(Type.String()),
      cause: Type.Optional(Type.String()),
      group: Type.Optional(Type.String()),
    }),
  ),
});
export type LocalSources = Type.Static<typeof Local>;

const Snippet = Type.Object({ shipper: Type.String(), language: Type.String(), text: Type.String() });
const Snippets = Type.Object({
  ingestUrl: Type.Union([Type.String(), Type.Null()]),
  syslog: Type.Union([Type.String(), Type.Null()]),
  snippets: Type.Array(Snippet),
});
export type Snippets = Type.Static<typeof Snippets>;

const shown = versioned(Source);
const Shown = (one: Versioned<Source>) => {
  // A reader's position is its own affair (inode, cursor).
  const { position: _, ...source } = one.value;
  return withVersion({ value: source as Source, version: one.version });
};
const read = { permission: 'sources:read' } as const;
const write = { permission: 'sources:write' } as const;

export interface SourceRouteServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly sources: SourceControl;
  readonly snippets: () => Snippets;
}

export function sourceRoutes(app: FastifyTypeBox, services: SourceRouteServices): void {
  const { records, events, clock, sources, snippets } = services;
  app.get(
    '/sources',
    {
      config: read,
      schema: {
        tags: ['sources'],
        summary: 'Sources with their counters and last event',
        querystring: exactly({ limit: limitUpTo(1000, 200), cursor: Cursor }),
        response: answers({ 200: page(shown) }),
      },
    },
    async ({ grant, query: { limit, cursor } }) => {
      const found = await records.search(grant.scope, 'sources', {
        query: ALL,
        sort: { path: 'createdAt', order: 'asc' },
        limit: limit ?? 200,
        ...(cursor && { cursor }),
      });
      return { ...found, items: found.items.map(Shown) };
    },
  );

  app.get(
    '/sources/:id/health',
    {
      config: { ...read, reads: 'much' },
      schema: {
        tags: ['sources'],
        summary: 'What a source delivers, how late, and what nobody could read',
        params: IdParams,
        response: answers({ 200: SourceHealth }),
      },
    },
    async ({ grant, params: { id } }) => {
      const found = (await records.get(grant.scope, 'sources', id)) ?? notFound('source', id);
      return healthOf(events, grant.scope, found.value.id, {
        nowMs: clock.nowMs(),
        text: grant.permissions.has('events:read'),
      });
    },
  );

  app.get(
    '/sources/local',
    {
      config: { permission: 'machine:read' },
      schema: {
        tags: ['sources'],
        summary: 'Logs of this machine, and what keeps one from reading them',
        response: answers({ 200: Local }),
      },
    },
    async () => sources.local(),
  );

  app.get(
    '/sources/snippets',
    {
      config: read,
      schema: {
        tags: ['sources'],
        summary: 'Configurations to paste into shippers',
        response: answers({ 200: Snippets }),
      },
    },
    async () => snippets(),
  );

  app.post(
    '/sources',
    {
      config: { ...write, also: ['machine:read'] },
      schema: {
        tags: ['sources'],
        summary: 'Watch a file or the journal of this machine',
        body: exactly({
          kind: words(['file', 'journald'] as const),
          name: Type.String({ minLength: 1, maxLength: 200 }),
          target: Text(4096, 'path of the file; unit filter of journald'),
          format: Text(40),
          unit: Type.Optional(UnitPathText),
        }),
        response: answers({ 201: shown }),
      },
    },
    async ({ grant, body }, reply) => reply.code(201).send(Shown(valueOf(await sources.create(grant, body)))),
  );

  app.patch(
    '/sources/:id',
    {
      config: write,
      schema: {
        tags: ['sources'],
        summary: 'Rename a source, or switch it',
        params: IdParams,
        body: exactly({
          version: Version,
          enabled: Type.Optional(Type.Boolean()),
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        }),
        response: answers({ 200: shown }),
      },
    },
    async ({ grant, params, body: { version, ...change } }) =>
      Shown(valueOf(await sources.change(grant, params.id, version, change))),
  );

  app.delete(
    '/sources/:id',
    {
      config: write,
      schema: {
        tags: ['sources'],
        summary: 'Stop and forget a source; its events stay',
        params: IdParams,
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      valueOf(await sources.remove(grant, params.id));
      return reply.code(204).send(null);
    },
  );
}
