/** Triage of alerts: one, many at once, and into an incident. */
import Type from 'typebox';
import { Alert, Incident } from '#kernel/schema/alert.js';
import { DispositionWord, words } from '#kernel/schema/pieces.js';
import { ALERT_STATUSES } from '#kernel/vocabulary.js';
import type { Bulk } from '#incidents/bulk.js';
import type { Cases } from '#incidents/cases.js';
import type { AlertChange, Triage } from '#incidents/triage.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, refuse, valueOf } from '../problems.js';
import { answers, exactly, IdParams, Text, Version, versioned, withVersion } from './shapes.js';

export const ALERT_CHANGE = {
  status: Type.Optional(words(ALERT_STATUSES)),
  assignee: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Type.Null()])),
  disposition: Type.Optional(DispositionWord),
  conclusion: Text(4000),
};
const write = { permission: 'alerts:write' } as const;

export function triageRoutes(
  app: FastifyTypeBox,
  { triage, bulk, cases }: { triage: Triage; bulk: Bulk; cases: Cases },
): void {
  app.patch(
    '/alerts/:id',
    {
      config: write,
      schema: {
        tags: ['alerts'],
        summary: 'Assign, move, conclude; resolving and closing need a disposition and a conclusion',
        params: IdParams,
        body: exactly({ version: Version, ...ALERT_CHANGE }),
        response: answers({ 200: versioned(Alert) }),
      },
    },
    async ({ grant, params, body: { version, ...change } }) =>
      withVersion(valueOf(await triage.patch(grant, params.id, version, mine(change, grant.actor.id)))),
  );

  app.post(
    '/alerts/actions',
    {
      config: write,
      schema: {
        tags: ['alerts'],
        summary: 'The same change on up to 1,000 alerts',
        body: exactly({
          ids: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 1000 }),
          ...ALERT_CHANGE,
        }),
        response: answers({
          200: Type.Object({
            changed: Type.Integer(),
            conflicts: Type.Array(Type.String(), { description: 'identifiers that could not be changed' }),
            undo: Type.String({ description: 'for `/alerts/actions/undo`' }),
          }),
        }),
      },
    },
    async ({ grant, body: { ids, ...change } }) => {
      if (Object.keys(change).length === 0)
        return refuse('invalid_request', undefined, [{ message: 'there is nothing to change', at: '' }]);
      const { changed, conflicts, undo } = valueOf(
        await triage.act(grant, ids, mine(change, grant.actor.id)),
      );
      return { changed, conflicts: [...conflicts], undo };
    },
  );

  app.post(
    '/alerts/actions/undo',
    {
      config: write,
      schema: {
        tags: ['alerts'],
        summary: 'Take a change of alerts back; what somebody has triaged since stays as it is',
        body: exactly({
          undo: Type.String({
            ...{ minLength: 1, maxLength: 300 },
            description: '`undo` of the change; of the change of one alert `<id>@<version after it>`',
          }),
          ...ALERT_CHANGE,
        }),
        response: answers({ 200: Type.Object({ changed: Type.Integer(), skipped: Type.Integer() }) }),
      },
    },
    async ({ grant, body: { undo, ...change } }) => {
      // A job's is taken back as a job is: `/jobs/:id/undo`.
      if (undo.startsWith('job_')) return notFound('change', undo);
      const { signal } = new AbortController();
      const done = await bulk.undo(grant, undo, mine(change, grant.actor.id), () => undefined, signal);
      return done.changed + done.skipped === 0 ? notFound('change', undo) : done;
    },
  );

  app.post(
    '/alerts/:id/incident',
    {
      config: { permission: 'incidents:write' },
      schema: {
        tags: ['alerts', 'incidents'],
        summary: 'Make an incident of an alert',
        params: IdParams,
        body: exactly({ title: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })) }),
        response: answers({ 201: versioned(Incident) }),
      },
    },
    async ({ grant, params, body }, reply) => {
      const made = valueOf(await cases.create(grant, { ...body, alerts: [params.id] }));
      return reply.code(201).send(withVersion(made));
    },
  );
}

/** `me` stands for who asks, as in the filters. */
export function mine(change: AlertChange, me: string): AlertChange {
  return change.assignee === 'me' ? { ...change, assignee: me } : change;
}
