/** The role matrix as data: for every route who may, on what it acts, and what the audit log says of it. */
import type { Items, Place } from './items.js';

export interface Ask {
  readonly url: string;
  readonly body?: unknown;
  /** Target of the audit entry, where the row names an action. */
  readonly target?: string;
}

export interface Row {
  /** As registered: `GET /api/v1/alerts/:id`. */
  readonly route: string;
  /** Roles and scopes of keys that may; everyone else is refused. `public`: everybody; `signed-in`: all but strangers. */
  readonly may: string;
  /** Status for those who may; default 200. */
  readonly ok?: number;
  /** The request, on an item of this place made for it. Default: the address as it is. */
  readonly ask?: (items: Items, place: Place) => Promise<Ask>;
  /** Acts on one item: asked of another unit, realm or classification it is not there. */
  readonly item?: true;
  /** Action in the audit log for those who may. */
  readonly audit?: string;
}

const READERS = 'viewer analyst lead';
const API = '/api/v1';
const at = (path: string, body?: unknown, target?: string): Ask => ({
  url: `${API}${path}`,
  ...(body !== undefined && { body }),
  ...(target !== undefined && { target }),
});
const closing = { disposition: 'false_positive', conclusion: 'checked' };
const account = (name: string) => ({
  ...{ name, displayName: name, password: 'lantern-under-rain-9', roles: ['viewer'] },
  ...{ units: ['/a'], realms: ['live'], ceiling: 1 },
});
let names = 0;
// The test's clock stands at 2026-11-22.
const SOON = '2026-11-23T00:00:00.000Z';

const ALERTS = `${READERS} security key:alerts:read key:alerts:write key:admin`;
const TRIAGE = 'analyst lead key:alerts:write key:admin';
const INCIDENTS = `${READERS} security key:incidents:read key:incidents:write key:admin`;
const WORK = 'analyst lead key:incidents:write key:admin';
const CLOSE = 'lead key:incidents:write key:admin';
const EVENTS = `${READERS} security key:events:read key:admin`;
const RULES = `${READERS} security key:rules:read key:rules:write key:admin`;
const EXCEPTIONS = `${READERS} security key:rules:read key:rules:write key:admin`;
const EXCEPT = 'lead security key:rules:write key:admin';
const RULE_WRITE = 'security key:rules:write key:admin';
const SOURCES = `${READERS} system key:admin`;
const SOURCE_WRITE = 'lead system key:admin';
const USERS = 'system security audit key:admin';
const JOBS = `${READERS} system audit key:admin`;
/** One of the rules that come along. */
const RULE = 'c141916d-8f03-4574-96ed-1740a2b39901';

export const MATRIX: readonly Row[] = [
  { route: 'GET /healthz', may: 'public' },
  { route: 'GET /readyz', may: 'public' },
  { route: 'GET /metrics', may: 'public' },
  { route: 'GET /api/v1/openapi.json', may: 'public' },
  { route: 'GET /api/v1/setup', may: 'public' },
  { route: 'POST /api/v1/setup', may: 'public', ok: 400, ask: async () => at('/setup', {}) },
  { route: 'POST /api/v1/session', may: 'public', ok: 400, ask: async () => at('/session', {}) },
  { route: 'GET /api/v1/session', may: 'viewer analyst lead system security audit', ok: 200 },
  {
    route: 'PUT /api/v1/session/password',
    may: 'viewer analyst lead system security audit',
    ok: 401,
    ask: async () => at('/session/password', { current: 'wrong', next: 'lantern-under-rain-9' }),
  },
  { route: 'DELETE /api/v1/session', may: 'signed-in', ok: 204 },

  { route: 'GET /api/v1/users', may: USERS },
  {
    route: 'GET /api/v1/users/names',
    may: `${READERS} ${USERS} key:alerts:read key:alerts:write key:incidents:read key:incidents:write`,
  },
  {
    route: 'POST /api/v1/users',
    may: 'system key:admin',
    ok: 201,
    ask: async () => at('/users', account(`person-${(names += 1)}`)),
    audit: 'user.created',
  },
  {
    route: 'PATCH /api/v1/users/:id',
    may: 'system key:admin',
    item: true,
    ask: async (items, place) => {
      const id = await items.user(place);
      return at(`/users/${id}`, { version: 1, displayName: 'New' }, `users/${id}`);
    },
    audit: 'user.changed',
  },

  { route: 'GET /api/v1/keys', may: 'system security key:admin' },
  {
    route: 'POST /api/v1/keys',
    may: 'system key:admin',
    ok: 201,
    ask: async () => at('/keys', { name: 'shipper', scopes: ['ingest'] }),
    audit: 'key.created',
  },
  {
    route: 'DELETE /api/v1/keys/:id',
    may: 'system key:admin',
    ok: 204,
    item: true,
    ask: async (items, place) => {
      const id = await items.key(place);
      return at(`/keys/${id}`, undefined, `keys/${id}`);
    },
    audit: 'key.revoked',
  },

  { route: 'GET /api/v1/alerts', may: ALERTS, ask: async () => at('/alerts?status=open&facets=status,host') },
  {
    route: 'GET /api/v1/alerts/groups',
    may: ALERTS,
    ask: async () => at('/alerts/groups?by=rule&status=open'),
  },
  {
    route: 'GET /api/v1/alerts/export',
    may: ALERTS,
    ask: async () => at('/alerts/export?format=csv', undefined, 'alerts/*'),
    audit: 'alerts.exported',
  },
  {
    route: 'GET /api/v1/incidents/export',
    may: INCIDENTS,
    ask: async () => at('/incidents/export?format=ndjson', undefined, 'incidents/*'),
    audit: 'incidents.exported',
  },
  {
    route: 'GET /api/v1/events/export',
    may: EVENTS,
    ask: async () => at('/events/export?format=csv', undefined, 'events/*'),
    audit: 'events.exported',
  },
  {
    route: 'GET /api/v1/audit/export',
    may: 'audit',
    ask: async () => at('/audit/export?format=ndjson', undefined, 'audit/*'),
    audit: 'audit.exported',
  },
  {
    route: 'POST /api/v1/alerts/bulk',
    may: TRIAGE,
    ok: 202,
    ask: async () =>
      at('/alerts/bulk', { filter: { q: 'title: "nothing"' }, change: { status: 'in_progress' } }),
    audit: 'job.started',
  },
  {
    route: 'POST /api/v1/jobs/:id/undo',
    may: TRIAGE,
    ok: 202,
    item: true,
    ask: async (items, place) => at(`/jobs/${await items.bulkJob(place)}/undo`),
    audit: 'job.started',
  },
  { route: 'GET /api/v1/views', may: ALERTS },
  { route: 'GET /api/v1/views/counts', may: ALERTS },
  {
    route: 'POST /api/v1/views',
    may: ALERTS,
    ok: 201,
    ask: async () => at('/views', { place: 'alerts', name: 'Mine', parameters: { status: 'open' } }),
    audit: 'view.created',
  },
  {
    route: 'GET /api/v1/alerts/:id',
    may: ALERTS,
    item: true,
    ask: async (items, place) => at(`/alerts/${await items.alert(place)}`),
  },
  {
    route: 'PATCH /api/v1/alerts/:id',
    may: TRIAGE,
    item: true,
    ask: async (items, place) => {
      const id = await items.alert(place);
      return at(`/alerts/${id}`, { version: 1, status: 'closed', ...closing }, `alerts/${id}`);
    },
    audit: 'alert.changed',
  },
  {
    route: 'GET /api/v1/alerts/:id/similar',
    may: ALERTS,
    item: true,
    ask: async (items, place) => at(`/alerts/${await items.alert(place)}/similar`),
  },
  {
    route: 'POST /api/v1/alerts/:id/mute',
    may: TRIAGE,
    ok: 201,
    item: true,
    ask: async (items, place) =>
      at(`/alerts/${await items.alert(place)}/mute`, { until: SOON, reason: 'known' }),
    audit: 'alert.muted',
  },
  {
    route: 'DELETE /api/v1/alerts/:id/mutes/:mute',
    may: TRIAGE,
    item: true,
    ask: async (items, place) => {
      const alert = await items.alert(place);
      const mute = await items.exception(place, { kind: 'mute', groupKey: alert });
      return at(`/alerts/${alert}/mutes/${mute}`, undefined, `exceptions/${mute}`);
    },
    audit: 'exception.ended',
  },
  { route: 'GET /api/v1/exceptions', may: EXCEPTIONS, ask: async () => at('/exceptions?state=active') },
  {
    route: 'POST /api/v1/exceptions',
    may: EXCEPT,
    ok: 201,
    ask: async () =>
      at('/exceptions', { rule: RULE, query: 'host.name: x', reason: 'known', expiresAt: SOON }),
    audit: 'exception.created',
  },
  {
    route: 'POST /api/v1/exceptions/preview',
    may: EXCEPTIONS,
    ask: async () => at('/exceptions/preview', { rule: RULE, query: 'host.name: x' }),
  },
  {
    route: 'POST /api/v1/exceptions/:id/end',
    may: EXCEPT,
    item: true,
    ask: async (items, place) => {
      const id = await items.exception(place);
      return at(`/exceptions/${id}/end`, undefined, `exceptions/${id}`);
    },
    audit: 'exception.ended',
  },
  {
    route: 'POST /api/v1/exceptions/:id/renew',
    may: EXCEPT,
    item: true,
    ask: async (items, place) => {
      const id = await items.exception(place);
      return at(`/exceptions/${id}/renew`, { expiresAt: SOON }, `exceptions/${id}`);
    },
    audit: 'exception.renewed',
  },
  {
    route: 'POST /api/v1/alerts/actions',
    may: TRIAGE,
    ask: async (items) => {
      const id = await items.alert('own');
      return at('/alerts/actions', { ids: [id], status: 'in_progress' }, `alerts/${id}`);
    },
    audit: 'alert.changed',
  },
  {
    route: 'POST /api/v1/alerts/:id/incident',
    may: WORK,
    ok: 201,
    item: true,
    ask: async (items, place) => at(`/alerts/${await items.alert(place)}/incident`, {}),
    audit: 'incident.created',
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
    may: INCIDENTS,
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

  { route: 'GET /api/v1/events/search', may: EVENTS, ask: async () => at('/events/search?limit=1000') },
  { route: 'GET /api/v1/events/histogram', may: EVENTS },
  {
    route: 'GET /api/v1/events/terms',
    may: EVENTS,
    ask: async () => at('/events/terms?path=host.name&size=100'),
  },
  { route: 'GET /api/v1/events/fields', may: EVENTS },
  {
    route: 'GET /api/v1/trace/start',
    may: EVENTS,
    item: true,
    ask: async (items, place) => at(`/trace/start?event=${await items.event(place)}`),
  },
  {
    route: 'GET /api/v1/trace/process',
    may: EVENTS,
    item: true,
    ask: async (items, place) => at(`/trace/process?event=${await items.event(place)}`),
  },
  {
    route: 'POST /api/v1/trace/expand',
    may: EVENTS,
    ask: async () => at('/trace/expand', { node: { kind: 'host', value: 'web-1' } }),
  },
  { route: 'GET /api/v1/search', may: 'signed-in', ask: async () => at('/search?q=host') },
  {
    route: 'GET /api/v1/events/:id',
    may: EVENTS,
    item: true,
    ask: async (items, place) => at(`/events/${await items.event(place)}`),
  },

  { route: 'GET /api/v1/rules', may: RULES },
  { route: 'GET /api/v1/rules/diagnostics', may: RULES },
  { route: 'GET /api/v1/rules/:id', may: RULES, ask: async () => at(`/rules/${RULE}`) },
  { route: 'GET /api/v1/rules/:id/history', may: RULES, ask: async () => at(`/rules/${RULE}/history`) },
  {
    route: 'PATCH /api/v1/rules/:id',
    may: RULE_WRITE,
    ask: async () => at(`/rules/${RULE}`, { enabled: false }, `rules/${RULE}`),
    audit: 'rule.disabled',
  },
  {
    route: 'POST /api/v1/rules/reload',
    may: RULE_WRITE,
    ask: async () => at('/rules/reload', {}),
    audit: 'rules.reloaded',
  },
  { route: 'GET /api/v1/attack', may: RULES },
  { route: 'GET /api/v1/ledger', may: RULES },
  { route: 'GET /api/v1/overview', may: ALERTS },

  { route: 'GET /api/v1/sources', may: SOURCES },
  { route: 'GET /api/v1/sources/local', may: SOURCE_WRITE },
  { route: 'GET /api/v1/sources/snippets', may: SOURCES },
  {
    route: 'POST /api/v1/sources',
    may: SOURCE_WRITE,
    ok: 201,
    ask: async () =>
      at('/sources', { kind: 'file', name: 'log', target: `/var/log/nowhere/${(names += 1)}.log` }),
    audit: 'source.created',
  },
  {
    route: 'GET /api/v1/sources/:id/health',
    may: SOURCES,
    item: true,
    ask: async (items, place) => at(`/sources/${await items.source(place)}/health`),
  },
  {
    route: 'PATCH /api/v1/sources/:id',
    may: SOURCE_WRITE,
    item: true,
    ask: async (items, place) => {
      const id = await items.source(place);
      return at(`/sources/${id}`, { version: 1, name: 'Other' }, `sources/${id}`);
    },
    audit: 'source.changed',
  },
  {
    route: 'DELETE /api/v1/sources/:id',
    may: SOURCE_WRITE,
    ok: 204,
    item: true,
    ask: async (items, place) => {
      const id = await items.source(place);
      return at(`/sources/${id}`, undefined, `sources/${id}`);
    },
    audit: 'source.removed',
  },

  { route: 'GET /api/v1/recordings', may: `${READERS} system key:admin` },
  {
    route: 'DELETE /api/v1/recordings/:id',
    may: 'analyst lead system key:admin',
    ok: 202,
    audit: 'job.started',
    ask: async () => at('/recordings/ssh-brute-force'),
  },
  {
    route: 'POST /api/v1/recordings/:id/replay',
    may: 'analyst lead system key:admin',
    ok: 202,
    ask: async () => at('/recordings/ssh-brute-force/replay', { shift: 'now' }),
    audit: 'job.started',
  },
  { route: 'GET /api/v1/jobs', may: JOBS },
  {
    route: 'GET /api/v1/jobs/:id',
    may: JOBS,
    item: true,
    ask: async (items, place) => at(`/jobs/${await items.job(place)}`),
  },
  {
    route: 'DELETE /api/v1/jobs/:id',
    may: 'analyst lead system key:admin',
    ok: 204,
    item: true,
    ask: async (items, place) => at(`/jobs/${await items.job(place)}`),
  },

  { route: 'GET /api/v1/storage', may: JOBS },
  { route: 'GET /api/v1/audit', may: 'audit' },
  { route: 'GET /api/v1/system', may: 'system key:admin' },
];

/** Routes whose answers do not end, or are files: tested by themselves. */
export const ELSEWHERE: readonly string[] = [
  'GET /api/v1/stream',
  'PATCH /api/v1/views/:id',
  'DELETE /api/v1/views/:id',
  'POST /api/v1/incidents/:id/evidence',
  'GET /api/v1/incidents/:id/evidence/:attachment',
];
