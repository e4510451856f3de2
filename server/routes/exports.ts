/** Every list as a file: alerts, incidents, events, audit entries; each export leaves an audit entry. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { iso, type Clock } from '#kernel/clock.js';
import type { Collections } from '#kernel/collections.js';
import type { Event } from '#kernel/event.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore, SortBy, Versioned } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import type { AlertSummary, Incident } from '#kernel/schema/alert.js';
import type { AuditEntry } from '#kernel/schema/account.js';
import { words } from '#kernel/schema/pieces.js';
import type { Grant } from '#trust/access/authorize.js';
import { ALERT_FILTERS, alertQuery, alertSort, ALERT_SORTS } from '../alert-filter.js';
import type { FastifyTypeBox } from '../app.js';
import {
  csvOf,
  EXPORT_FORMATS,
  EXPORT_TYPES,
  ndjsonOf,
  pagesOf,
  type Column,
  type ExportFormat,
} from '../export.js';
import { summaryOf } from './alerts.js';
import { AUDIT_FILTERS, auditQuery } from './audit.js';
import { eventWindow, EVENT_WINDOW } from './events.js';
import { INCIDENT_FILTERS, incidentQuery } from './incidents.js';
import { commaList, exactly, queryOf, Realm, Text } from './shapes.js';

const PAGE = 1000;
const format = words(EXPORT_FORMATS);

export interface ExportServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

export function exportRoutes(app: FastifyTypeBox, { records, events, audit, clock }: ExportServices): void {
  async function send<T>(
    { grant, query }: { grant: Grant; query: FastifyRequest['query'] },
    reply: FastifyReply,
    what: {
      name: string;
      format: ExportFormat;
      pages: AsyncIterable<readonly T[]>;
      columns: readonly Column<T>[];
    },
  ): Promise<FastifyReply> {
    const { scope, actor } = grant;
    const asked = Object.entries(query as Record<string, unknown>).filter(([name]) => name !== 'realm');
    await audit.note({
      actor,
      action: `${what.name}.exported`,
      target: `${what.name}/*`,
      detail: Object.fromEntries(asked.map(([name, value]) => [name, String(value).slice(0, 500)])),
      unit: scope.units[0] ?? '/',
      realm: scope.realm,
    });
    const stamp = iso(clock.nowMs()).replaceAll(/[-:]|\.\d+/g, '');
    const body = what.format === 'csv' ? csvOf(what.pages, what.columns) : ndjsonOf(what.pages);
    return reply
      .type(EXPORT_TYPES[what.format])
      .header('content-disposition', `attachment; filename="fenghuo-${what.name}-${stamp}.${what.format}"`)
      .send(Readable.from(body, { objectMode: false }));
  }
  const recordsOf = <C extends 'alerts' | 'incidents' | 'audit', T>(
    { scope }: Grant,
    collection: C,
    query: Query,
    sort: readonly SortBy[],
    show: (found: Versioned<Collections[C]>) => T,
  ): AsyncGenerator<readonly T[]> =>
    pagesOf(async (cursor) => {
      const page = await records.search(scope, collection, {
        query,
        sort,
        limit: PAGE,
        ...(cursor && { cursor }),
      });
      return { items: page.items.map(show), next: page.next };
    });

  app.get(
    '/alerts/export',
    {
      config: { permission: 'alerts:read', reads: 'much' },
      schema: {
        tags: ['alerts'],
        summary: 'The queue as a file',
        querystring: exactly({
          ...ALERT_FILTERS,
          sort: Type.Optional(words(ALERT_SORTS)),
          order: Type.Optional(words(['asc', 'desc'] as const)),
          format,
          realm: Realm,
        }),
      },
    },
    async (request, reply) => {
      const { grant, query } = request;
      const [wanted, sort] = [alertQuery(query, grant, clock), alertSort(query.sort, query.order)];
      const pages = recordsOf(grant, 'alerts', wanted, sort, summaryOf);
      return send(request, reply, { name: 'alerts', format: query.format, pages, columns: ALERT_COLUMNS });
    },
  );

  app.get(
    '/incidents/export',
    {
      config: { permission: 'incidents:read', reads: 'much' },
      schema: {
        tags: ['incidents'],
        summary: 'Incidents as a file',
        querystring: exactly({ ...INCIDENT_FILTERS, format, realm: Realm }),
      },
    },
    async (request, reply) => {
      const { grant, query } = request;
      const sort = [{ path: 'updatedAt', order: 'desc' }] as const;
      const pages = recordsOf(grant, 'incidents', incidentQuery(query, grant), sort, valueOnly);
      return send(request, reply, {
        name: 'incidents',
        format: query.format,
        pages,
        columns: INCIDENT_COLUMNS,
      });
    },
  );

  app.get(
    '/audit/export',
    {
      config: { permission: 'audit:read', reads: 'much' },
      schema: {
        tags: ['audit'],
        summary: 'Audit entries as a file',
        querystring: exactly({ ...AUDIT_FILTERS, format }),
      },
    },
    async (request, reply) => {
      const { grant, query } = request;
      const sort = [{ path: 'at', order: 'desc' }] as const;
      const pages = recordsOf(grant, 'audit', auditQuery(query, clock), sort, valueOnly);
      return send(request, reply, { name: 'audit', format: query.format, pages, columns: AUDIT_COLUMNS });
    },
  );

  app.get(
    '/events/export',
    {
      config: { permission: 'events:read', reads: 'much' },
      schema: {
        tags: ['events'],
        summary: 'Events as a file; CSV has the columns asked for',
        querystring: exactly({ ...EVENT_WINDOW, columns: Text(2000, 'comma list of paths'), format }),
      },
    },
    async (request, reply) => {
      const { grant, query } = request;
      const window = { query: queryOf(query.q), ...eventWindow(query, clock) };
      const pages = pagesOf<Event>(async (cursor) =>
        events.search(grant.scope, {
          ...window,
          limit: PAGE,
          signal: request.signal,
          ...(cursor && { cursor }),
        }),
      );
      const asked = commaList(query.columns);
      const paths = asked.length > 0 ? asked : EVENT_PATHS;
      const columns = paths.map((path): Column<Event> => ({
        name: path,
        of: (event) => eventValue(event, path),
      }));
      return send(request, reply, { name: 'events', format: query.format, pages, columns });
    },
  );
}

function valueOnly<T>({ value }: Versioned<T>): T {
  return value;
}

const named = <T>(...names: readonly (keyof T & string)[]): Column<T>[] =>
  names.map((name) => ({ name, of: (row) => row[name] }));

const ALERT_COLUMNS: readonly Column<AlertSummary>[] = [
  ...named<AlertSummary>('id', 'title', 'severity', 'status', 'outcome', 'outcomeReason'),
  { name: 'rule', of: ({ rule }) => rule.id },
  { name: 'entity', of: ({ entity }) => (entity.kind === 'none' ? '' : `${entity.kind} ${entity.value}`) },
  ...named<AlertSummary>('host', 'user', 'sourceIp', 'sourcePort', 'destinationIp', 'destinationPort'),
  ...named<AlertSummary>('direction', 'clientIp', 'deviceAction', 'count', 'firstEventAt', 'lastEventAt'),
  { name: 'devices', of: ({ devices }) => devices?.map(({ name }) => name) ?? [] },
  ...named<AlertSummary>('raisedAt', 'assignee', 'disposition', 'conclusion', 'incident', 'unit'),
];
const INCIDENT_COLUMNS: readonly Column<Incident>[] = [
  ...named<Incident>('id', 'title', 'severity', 'stage', 'assignee', 'summary', 'disposition', 'conclusion'),
  ...named<Incident>('createdAt', 'updatedAt', 'closedAt', 'alerts', 'unit'),
];
const AUDIT_COLUMNS = named<AuditEntry>(
  ...(['index', 'node', 'at', 'actor', 'actorName', 'address', 'action', 'target', 'result'] as const),
  ...(['detail', 'unit', 'leaf'] as const),
);
const EVENT_PATHS = [
  '@timestamp',
  'host.name',
  'source.ip',
  'destination.ip',
  'user.name',
  'event.action',
  'message',
];

function eventValue({ timeMs, fields, id, unit }: Event, path: string): unknown {
  if (path === '@timestamp') return iso(timeMs);
  if (path === 'id') return id;
  return path === 'unit' ? unit : fields[path];
}
