/** The role matrix of incidents and of what is gathered round them. */
import { at, closing, READERS, INCIDENTS, WORK, CLOSE, type Row } from './matrix-parts.js';

export const INCIDENT_ROWS: readonly Row[] = [
  {
    route: 'GET /api/v1/incidents/export',
    may: INCIDENTS,
    ask: async () => at('/incidents/export?format=ndjson', undefined, 'incidents/*'),
    audit: 'incidents.exported',
  },

  { route: 'GET /api/v1/incidents', may: INCIDENTS, ask: async () => at('/incidents?facets=stage') },
  {
    route: 'POST /api/v1/incidents',
    may: WORK,
    ok: 201,
    ask: async () => at('/incidents', { title: 'By hand' }),
    audit: 'incident.created',
  },
  {
    route: 'GET /api/v1/incidents/:id',
    may: INCIDENTS,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}`),
  },
  {
    route: 'PATCH /api/v1/incidents/:id',
    may: WORK,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(`/incidents/${id}`, { version: 1, title: 'Other' }, `incidents/${id}`);
    },
    audit: 'incident.changed',
  },
  {
    route: 'POST /api/v1/incidents/:id/alerts',
    may: WORK,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(
        `/incidents/${id}/alerts`,
        { version: 1, add: [await items.alert('own')] },
        `incidents/${id}`,
      );
    },
    audit: 'incident.alerts_changed',
  },
  {
    route: 'POST /api/v1/incidents/:id/comments',
    may: WORK,
    ok: 201,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(`/incidents/${id}/comments`, { text: 'seen' }, `incidents/${id}`);
    },
    audit: 'incident.commented',
  },
  {
    route: 'GET /api/v1/incidents/:id/tasks',
    may: INCIDENTS,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}/tasks`),
  },
  {
    route: 'GET /api/v1/incidents/:id/observables',
    may: INCIDENTS,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}/observables`),
  },
  {
    route: 'GET /api/v1/incidents/:id/related',
    may: INCIDENTS,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}/related`),
  },
  {
    route: 'GET /api/v1/incidents/:id/events',
    may: `${READERS} security key:admin`,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}/events`),
  },
  {
    route: 'GET /api/v1/incidents/:id/evidence',
    may: INCIDENTS,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}/evidence`),
  },
  {
    route: 'POST /api/v1/incidents/:id/tasks',
    may: WORK,
    ok: 201,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(`/incidents/${id}/tasks`, { title: 'look' }, `incidents/${id}`);
    },
    audit: 'incident.task_added',
  },
  {
    route: 'PATCH /api/v1/incidents/:id/tasks/:task',
    may: WORK,
    item: true,
    ask: async (items, place) => {
      const [id, task] = await items.gathered(place, 'task');
      return at(`/incidents/${id}/tasks/${task}`, { version: 1, state: 'done' }, `incidents/${id}`);
    },
    audit: 'incident.task_done',
  },
  {
    route: 'POST /api/v1/incidents/:id/observables',
    may: WORK,
    ok: 201,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(`/incidents/${id}/observables`, { kind: 'ip', value: '192.0.2.7' }, `incidents/${id}`);
    },
    audit: 'incident.observable_added',
  },
  {
    route: 'DELETE /api/v1/incidents/:id/observables/:observable',
    may: WORK,
    ok: 204,
    item: true,
    ask: async (items, place) => {
      const [id, observable] = await items.gathered(place, 'observable');
      return at(`/incidents/${id}/observables/${observable}`, undefined, `incidents/${id}`);
    },
    audit: 'incident.observable_removed',
  },
  {
    route: 'DELETE /api/v1/incidents/:id/evidence/:attachment',
    may: WORK,
    ok: 204,
    item: true,
    ask: async (items, place) => {
      const [id, attachment] = await items.gathered(place, 'attachment');
      return at(`/incidents/${id}/evidence/${attachment}`, undefined, `incidents/${id}`);
    },
    audit: 'incident.evidence_removed',
  },
  {
    route: 'GET /api/v1/incidents/:id/timeline',
    may: INCIDENTS,
    item: true,
    ask: async (items, place) => at(`/incidents/${await items.incident(place)}/timeline`),
  },
  {
    route: 'POST /api/v1/incidents/:id/stage',
    may: WORK,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(`/incidents/${id}/stage`, { version: 1, to: 'warn' }, `incidents/${id}`);
    },
    audit: 'incident.stage_changed',
  },
  {
    route: 'POST /api/v1/incidents/:id/close',
    may: CLOSE,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place);
      return at(`/incidents/${id}/close`, { version: 1, ...closing }, `incidents/${id}`);
    },
    audit: 'incident.closed',
  },
  {
    route: 'POST /api/v1/incidents/:id/reopen',
    may: CLOSE,
    item: true,
    ask: async (items, place) => {
      const id = await items.incident(place, { stage: 'closed' });
      return at(`/incidents/${id}/reopen`, { version: 1, reason: 'again' }, `incidents/${id}`);
    },
    audit: 'incident.reopened',
  },
];
