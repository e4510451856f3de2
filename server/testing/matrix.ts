/** The role matrix as data: for every route who may, on what it acts, and what the audit log says of it. */
import { INCIDENT_ROWS } from './matrix-incidents.js';
import {
  READERS,
  at,
  closing,
  account,
  SOON,
  ALERTS,
  TRIAGE,
  WORK,
  EVENTS,
  RULES,
  EXCEPTIONS,
  EXCEPT,
  RULE_WRITE,
  SOURCES,
  SOURCE_WRITE,
  USERS,
  HUNT,
  HUNTS,
  JOBS,
  RULE,
  type Row,
} from './matrix-parts.js';

export type { Ask, Row } from './matrix-parts.js';

let names = 0;

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
    may: `${READERS} security key:admin`,
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
    route: 'POST /api/v1/alerts/actions/undo',
    may: TRIAGE,
    ask: async (items) => at('/alerts/actions/undo', { undo: await items.change('own'), status: 'closed' }),
  },
  {
    route: 'POST /api/v1/alerts/:id/incident',
    may: WORK,
    ok: 201,
    item: true,
    ask: async (items, place) => at(`/alerts/${await items.alert(place)}/incident`, {}),
    audit: 'incident.created',
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
    node: true,
    ask: async () => at(`/rules/${RULE}`, { enabled: false }, `rules/${RULE}`),
    audit: 'rule.disabled',
  },
  {
    route: 'POST /api/v1/rules/reload',
    may: RULE_WRITE,
    node: true,
    ask: async () => at('/rules/reload', {}),
    audit: 'rules.reloaded',
  },
  { route: 'GET /api/v1/attack', may: RULES },
  { route: 'GET /api/v1/ledger', may: RULES },
  { route: 'GET /api/v1/overview', may: ALERTS },

  { route: 'GET /api/v1/sources', may: SOURCES },
  { route: 'GET /api/v1/sources/local', may: SOURCE_WRITE, node: true },
  { route: 'GET /api/v1/sources/snippets', may: SOURCES },
  {
    route: 'POST /api/v1/sources',
    may: SOURCE_WRITE,
    node: true,
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
  {
    route: 'POST /api/v1/rules/:id/hunts',
    may: HUNT,
    ok: 202,
    ask: async () => at(`/rules/${RULE}/hunts`, { from: 'now-1h' }),
    audit: 'job.started',
  },
  { route: 'GET /api/v1/rules/:id/hunts', may: HUNTS, ask: async () => at(`/rules/${RULE}/hunts`) },
  {
    route: 'GET /api/v1/hunts/:id',
    may: HUNTS,
    item: true,
    ask: async (items, place) => at(`/hunts/${await items.hunt(place)}`),
  },
  {
    route: 'DELETE /api/v1/hunts/:id',
    may: HUNT,
    ok: 204,
    item: true,
    ask: async (items, place) => at(`/hunts/${await items.hunt(place)}`),
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
  ...INCIDENT_ROWS,
];

/** Routes whose answers do not end, or are files: tested by themselves. */
export const ELSEWHERE: readonly string[] = [
  'GET /api/v1/stream',
  'PATCH /api/v1/views/:id',
  'DELETE /api/v1/views/:id',
  'POST /api/v1/incidents/:id/evidence',
  'GET /api/v1/incidents/:id/evidence/:attachment',
];
