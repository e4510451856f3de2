/** Views of lists: each person's own, and those that somebody shares with the unit. */
import Type from 'typebox';
import { iso, type Clock, type Identifiers } from '#kernel/clock.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { equals, or } from '#kernel/query/ast.js';
import { words } from '#kernel/schema/pieces.js';
import { SavedView, VIEW_PLACES } from '#kernel/schema/queue.js';
import type { Grant } from '#trust/access/authorize.js';
import { ALERT_FILTERS, alertQuery, type AlertFilter } from '../alert-filter.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, refuse } from '../problems.js';
import { answers, exactly, IdParams, Realm, Version, versioned, withVersion } from './shapes.js';

const View = versioned(SavedView);
const Name = Type.String({ minLength: 1, maxLength: 80 });
const Parameters = Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 4096 }), {
  maxProperties: 24,
});
const config = { permission: 'alerts:read' } as const;
/** Views of one person. */
const MOST = 100;

export interface ViewServices {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Identifiers;
}

export function viewRoutes(app: FastifyTypeBox, { records, audit, clock, ids }: ViewServices): void {
  async function visible({ scope, actor }: Grant): Promise<readonly Versioned<SavedView>[]> {
    const mine = or(equals('owner', actor.id), equals('shared', true));
    const sort = { path: 'order', order: 'asc' } as const;
    return (await records.search(scope, 'views', { query: mine, sort, limit: 1000 })).items;
  }
  /** Only one's own can be changed. */
  async function own({ scope, actor }: Grant, id: string): Promise<Versioned<SavedView>> {
    const found = await records.get(scope, 'views', id);
    return found?.value.owner === actor.id ? found : notFound('view', id);
  }
  const note = ({ actor }: Grant, action: string, view: SavedView) => {
    const { unit, realm, classification, name, shared } = view;
    return {
      actor,
      action,
      target: `views/${view.id}`,
      detail: { name, shared },
      unit,
      realm,
      classification,
    };
  };

  app.get(
    '/views',
    {
      config,
      schema: {
        tags: ['views'],
        summary: 'One’s own views and the shared ones',
        querystring: exactly({ place: Type.Optional(words(VIEW_PLACES)), realm: Realm }),
        response: answers({ 200: Type.Object({ items: Type.Array(View) }) }),
      },
    },
    async ({ grant, query }) => ({
      items: (await visible(grant))
        .filter(({ value }) => !query.place || value.place === query.place)
        .map(withVersion),
    }),
  );

  app.get(
    '/views/counts',
    {
      config: { ...config, reads: 'much' },
      schema: {
        tags: ['views'],
        summary: 'How many alerts each view of the queue shows',
        querystring: exactly({ realm: Realm }),
        response: answers({
          200: Type.Object({
            items: Type.Array(
              Type.Object({ id: Type.String(), total: Type.Union([Type.Integer(), Type.Null()]) }),
            ),
          }),
        }),
      },
    },
    async ({ grant }) => {
      const views = (await visible(grant)).filter(({ value }) => value.place === 'alerts');
      const items = await Promise.all(
        views.map(async ({ value: { id, parameters } }) => ({ id, total: await countOf(grant, parameters) })),
      );
      return { items };
    },
  );

  /** Null where the view’s query cannot be read any more. */
  async function countOf(grant: Grant, parameters: SavedView['parameters']): Promise<number | null> {
    const filter = Object.fromEntries(
      Object.entries(parameters).filter(([name]) => Object.hasOwn(ALERT_FILTERS, name)),
    ) as AlertFilter;
    try {
      const query = alertQuery(filter.status === 'any' ? { ...filter, status: '' } : filter, grant, clock);
      return (await records.facets(grant.scope, 'alerts', { query, paths: [] })).total;
    } catch {
      return null;
    }
  }

  app.post(
    '/views',
    {
      config,
      schema: {
        tags: ['views'],
        summary: 'Keep a list under a name',
        body: exactly({
          place: words(VIEW_PLACES),
          name: Name,
          parameters: Parameters,
          shared: Type.Optional(Type.Boolean()),
        }),
        response: answers({ 201: View }),
      },
    },
    async ({ grant, body }, reply) => {
      const { scope, actor } = grant;
      const mine = await records.facets(scope, 'views', { query: equals('owner', actor.id), paths: [] });
      if (mine.total >= MOST)
        return refuse('invalid_request', undefined, [
          { message: `there are ${MOST} views already`, at: '', remedy: 'remove one first' },
        ]);
      const at = iso(clock.nowMs());
      const value: SavedView = {
        id: ids.next('vew'),
        ...{ unit: scope.units[0] ?? '/', realm: scope.realm, classification: 1 },
        ...{ owner: actor.id, place: body.place, name: body.name.trim() || body.name },
        ...{ parameters: { ...body.parameters }, shared: body.shared ?? false },
        ...{ order: mine.total, createdAt: at, updatedAt: at },
      };
      await audit.write(
        scope,
        [{ kind: 'create', collection: 'views', value }],
        [note(grant, 'view.created', value)],
      );
      return reply.code(201).send(withVersion({ value, version: 1 }));
    },
  );

  app.patch(
    '/views/:id',
    {
      config,
      schema: {
        tags: ['views'],
        summary: 'Rename, share, reorder or redefine one’s own view',
        params: IdParams,
        body: exactly({
          version: Version,
          name: Type.Optional(Name),
          parameters: Type.Optional(Parameters),
          shared: Type.Optional(Type.Boolean()),
          order: Type.Optional(Type.Integer()),
        }),
        response: answers({ 200: View }),
      },
    },
    async ({ grant, params, body: { version, ...change } }) => {
      const found = await own(grant, params.id);
      const value: SavedView = { ...found.value, ...change, updatedAt: iso(clock.nowMs()) };
      const outcome = await audit.write(
        grant.scope,
        [{ kind: 'replace', collection: 'views', value, version }],
        [note(grant, 'view.changed', value)],
      );
      if (!outcome.ok) return refuse('conflict', { what: 'view', id: params.id, version: found.version });
      return withVersion({ value, version: version + 1 });
    },
  );

  app.delete(
    '/views/:id',
    {
      config,
      schema: {
        tags: ['views'],
        summary: 'Remove one’s own view',
        params: IdParams,
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      const { value } = await own(grant, params.id);
      await audit.write(
        grant.scope,
        [{ kind: 'remove', collection: 'views', id: value.id }],
        [note(grant, 'view.removed', value)],
      );
      return reply.code(204).send(null);
    },
  );
}
