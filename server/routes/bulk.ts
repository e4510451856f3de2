/** The same change on a whole result, as a job that can be watched, cancelled and taken back. */
import type { Clock } from '#kernel/clock.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { Job } from '#kernel/schema/source.js';
import type { Bulk } from '#incidents/bulk.js';
import type { AlertChange } from '#incidents/triage.js';
import type { Grant } from '#trust/access/authorize.js';
import { ALERT_FILTERS, alertQuery } from '../alert-filter.js';
import type { FastifyTypeBox } from '../app.js';
import type { Jobs } from '../jobs.js';
import { notFound, refuse, valueOf } from '../problems.js';
import { answers, exactly, IdParams, versioned, withVersion } from './shapes.js';
import { ALERT_CHANGE, mine } from './triage.js';

const JobAnswer = versioned(Job);
const write = { permission: 'alerts:write' } as const;

export interface BulkServices {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly bulk: Bulk;
}

export function bulkRoutes(app: FastifyTypeBox, { records, clock, jobs, bulk }: BulkServices): void {
  app.post(
    '/alerts/bulk',
    {
      config: write,
      schema: {
        tags: ['alerts', 'jobs'],
        summary: 'The same change on every alert that the filter holds for, as a job',
        body: exactly({ filter: exactly(ALERT_FILTERS), change: exactly(ALERT_CHANGE) }),
        response: answers({ 202: JobAnswer }),
      },
    },
    async ({ grant, body }, reply) => {
      if (Object.keys(body.change).length === 0)
        return refuse('invalid_request', undefined, [
          { message: 'there is nothing to change', at: '/change' },
        ]);
      const change = mine(body.change, grant.actor.id);
      valueOf(await bulk.check(change));
      const query = alertQuery(body.filter, grant, clock);
      const job = await jobs.start(
        { kind: 'bulk', title: titleOf(change), undoable: true, data: dataOf(change), ...planOf(grant) },
        async (progress, signal, { id }) => {
          const { changed, skipped } = await bulk.change(grant, id, query, change, progress, signal);
          return { message: `${changed} changed, ${skipped} skipped`, data: { changed, skipped } };
        },
      );
      return reply.code(202).send(withVersion(job));
    },
  );

  app.post(
    '/jobs/:id/undo',
    {
      config: write,
      schema: {
        tags: ['alerts', 'jobs'],
        summary: 'Take back a bulk change; alerts that somebody has triaged since stay as they are',
        params: IdParams,
        response: answers({ 202: JobAnswer }),
      },
    },
    async ({ grant, params }, reply) => {
      const found = (await records.get(grant.scope, 'jobs', params.id)) ?? notFound('job', params.id);
      const { value, version } = found;
      if (!value.undoable || value.state === 'running' || value.undoneBy !== undefined)
        return refuse('conflict', { what: 'job', id: params.id, version });
      const change = changeOf(value.data ?? {});
      const job = await jobs.start(
        { kind: 'undo', title: value.title, data: { of: value.id }, undoes: found, ...planOf(grant) },
        async (progress, signal) => {
          const { changed, skipped } = await bulk.undo(grant, value.id, change, progress, signal);
          return { message: `${changed} given back, ${skipped} left`, data: { changed, skipped } };
        },
      );
      return reply.code(202).send(withVersion(job));
    },
  );
}

function planOf({ scope, actor }: Grant) {
  // It tells a conclusion, and holds for whatever its maker may see: nobody below that may read it or take it back.
  return { actor, unit: scope.units[0] ?? '/', realm: scope.realm, classification: scope.ceiling };
}

function titleOf(change: AlertChange): string {
  return Object.entries(change)
    .map(([name, value]) => `${name}: ${String(value).slice(0, 80)}`)
    .join(', ');
}

/** The change as the job keeps it; taking an assignee away is the empty text. */
function dataOf(change: AlertChange): Record<string, string> {
  return Object.fromEntries(
    Object.entries(change).map(([name, value]) => [name, value === null ? '' : String(value)]),
  );
}

function changeOf(data: Readonly<Record<string, string | number>>): AlertChange {
  const { status, assignee, disposition, conclusion } = data;
  return {
    ...(status !== undefined && { status: status as AlertChange['status'] & string }),
    ...(assignee !== undefined && { assignee: assignee === '' ? null : String(assignee) }),
    ...(disposition !== undefined && { disposition: disposition as AlertChange['disposition'] & string }),
    ...(conclusion !== undefined && { conclusion: String(conclusion) }),
  };
}
