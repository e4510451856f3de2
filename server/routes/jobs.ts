/** Jobs: long work with progress, which can be cancelled. */
import Type from 'typebox';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import { Job } from '#kernel/schema/source.js';
import type { FastifyTypeBox } from '../app.js';
import type { Jobs } from '../jobs.js';
import { notFound } from '../problems.js';
import { answers, Cursor, exactly, IdParams, limitUpTo, page, versioned, withVersion } from './shapes.js';

const shown = versioned(Job);

export function jobRoutes(
  app: FastifyTypeBox,
  { records, jobs, audit }: { records: RecordStore; jobs: Jobs; audit: AuditLog },
): void {
  const read = { permission: ['replay:run', 'storage:read'] } as const;
  app.get(
    '/jobs',
    {
      config: read,
      schema: {
        tags: ['jobs'],
        summary: 'Jobs, newest first',
        querystring: exactly({ limit: limitUpTo(1000, 50), cursor: Cursor }),
        response: answers({ 200: page(shown) }),
      },
    },
    async ({ grant, query: { limit, cursor } }) => {
      const found = await records.search(grant.scope, 'jobs', {
        query: ALL,
        sort: { path: 'startedAt', order: 'desc' },
        limit: limit ?? 50,
        ...(cursor && { cursor }),
      });
      return { ...found, items: found.items.map(withVersion) };
    },
  );

  app.get(
    '/jobs/:id',
    {
      config: read,
      schema: { tags: ['jobs'], summary: 'One job', params: IdParams, response: answers({ 200: shown }) },
    },
    async ({ grant, params }) =>
      withVersion((await records.get(grant.scope, 'jobs', params.id)) ?? notFound('job', params.id)),
  );

  app.delete(
    '/jobs/:id',
    {
      config: { permission: 'replay:run' },
      schema: {
        tags: ['jobs'],
        summary: 'Cancel a job',
        params: IdParams,
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      const found = await records.get(grant.scope, 'jobs', params.id);
      if (!found) return notFound('job', params.id);
      if (jobs.cancel(params.id))
        await audit.note({
          actor: grant.actor,
          action: 'job.cancelled',
          target: `jobs/${params.id}`,
          unit: found.value.unit,
          realm: found.value.realm,
        });
      return reply.code(204).send(null);
    },
  );
}
