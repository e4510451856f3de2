/** Jobs: long work with progress, which can be cancelled. */
import Type from 'typebox';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { ALL, anyOf, not, type Query } from '#kernel/query/ast.js';
import { Job } from '#kernel/schema/source.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import type { Jobs } from '../jobs.js';
import { notFound } from '../problems.js';
import { answers, Cursor, exactly, IdParams, limitUpTo, page, versioned, withVersion } from './shapes.js';

const shown = versioned(Job);
/** Jobs that tell how alerts were concluded: not for administrators, who do not see alerts. */
const TRIAGE: readonly Job['kind'][] = ['bulk', 'undo'];

const seesTriage = ({ permissions }: Grant): boolean => permissions.has('alerts:read');
const shownTo = (grant: Grant): Query => (seesTriage(grant) ? ALL : not(anyOf('kind', TRIAGE)));

export function jobRoutes(
  app: FastifyTypeBox,
  { records, jobs, audit }: { records: RecordStore; jobs: Jobs; audit: AuditLog },
): void {
  const read = { permission: ['replay:run', 'storage:read'] } as const;
  async function jobOf(grant: Grant, id: string): Promise<Versioned<Job>> {
    const found = await records.get(grant.scope, 'jobs', id);
    return found && (seesTriage(grant) || !TRIAGE.includes(found.value.kind)) ? found : notFound('job', id);
  }
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
        query: shownTo(grant),
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
    async ({ grant, params }) => withVersion(await jobOf(grant, params.id)),
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
      const found = await jobOf(grant, params.id);
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
