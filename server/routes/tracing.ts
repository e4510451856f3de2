/** Tracing 攻击溯源: the process tree of an event or an alert, and the graph of what logs name together. */
import Type from 'typebox';
import { growNode, type GraphEdge, type GraphNode } from '#incidents/tracing/grow.js';
import {
  alertedProcesses,
  alertNode,
  alertsAround,
  nodesOfAlert,
  withAlertCounts,
} from '#incidents/tracing/named-alerts.js';
import { processQuery } from '#incidents/tracing/process-query.js';
import { hostOf, processOf } from '#incidents/tracing/process.js';
import { EDGE_KINDS, isWorthShowing, NODE_KINDS, nodeId, nodesIn } from '#incidents/tracing/relations.js';
import { traceProcess } from '#incidents/tracing/trace-process.js';
import type { Clock } from '#kernel/clock.js';
import type { Event } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { printQuery } from '#kernel/query/print.js';
import type { Alert } from '#kernel/schema/alert.js';
import { EventSchema, words } from '#kernel/schema/pieces.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { mustHold } from '../plugins/guard.js';
import { notFound, refuse, valueOf } from '../problems.js';
import { parseInstant } from '../time.js';
import { answers, bare, exactly, Realm, Text } from './shapes.js';

/** The whole of one answer ends after this long; what is missing is said. */
const PATIENCE_MS = 5_000;
const DAY_MS = 86_400_000;

const Optional = Type.Optional;
const TreeNode = Type.Object({
  id: Type.String(),
  entity: Optional(Type.String()),
  pid: Optional(Type.Integer()),
  name: Type.String(),
  executable: Optional(Type.String()),
  commandLine: Optional(Type.String()),
  user: Optional(Type.String()),
  host: Type.String(),
  startMs: Optional(Type.Number({ description: 'absent where only a child’s log names the process' })),
  endMs: Optional(Type.Number()),
  parent: Optional(Type.String()),
  event: Optional(Type.String({ description: 'the log of its start' })),
  logs: Type.Array(Type.String(), { description: 'all logs of its start' }),
  alerts: Type.Array(Type.String()),
  query: Optional(Type.String({ description: 'shows every event of the process' })),
});
const RuleName = Type.Object({ id: Type.String(), title: Type.String() });
const Node = Type.Object({
  id: Type.String(),
  kind: words(NODE_KINDS),
  value: Type.String(),
  title: Optional(Type.String()),
  rule: Optional(RuleName),
  alerts: Optional(Type.Integer()),
});
const Edge = Type.Object({
  from: Type.String(),
  to: Type.String(),
  kind: words(EDGE_KINDS),
  count: Type.Integer(),
  firstMs: Optional(Type.Number()),
  lastMs: Optional(Type.Number()),
  query: Optional(Type.String({ description: 'shows the logs behind the edge' })),
});
const Subject = {
  event: Text(256, 'event id'),
  alert: Text(256, 'alert id; its own copy of the last event is traced'),
  realm: Realm,
};
const Distance = (what: string) =>
  Optional(Type.Integer({ minimum: 1, maximum: 720, default: 24, description: `hours ${what} the event` }));
const read = { permission: 'events:read', reads: 'much' } as const;

export interface TracingServices {
  readonly events: EventStore;
  readonly records: RecordStore;
  readonly clock: Clock;
}

export function tracingRoutes(app: FastifyTypeBox, { events, records, clock }: TracingServices): void {
  /** The event that a request names, and the alert it was named by. */
  async function subjectOf(
    grant: Grant,
    { event, alert }: { event?: string; alert?: string },
  ): Promise<{ event: Event; alert?: Alert }> {
    if (alert !== undefined) {
      mustHold(grant, 'alerts:read');
      const found = (await records.get(grant.scope, 'alerts', alert)) ?? notFound('alert', alert);
      return { event: found.value.last.event as Event, alert: found.value };
    }
    if (event === undefined)
      return refuse('invalid_request', undefined, [
        { message: 'name an `event` or an `alert`', at: '/event' },
      ]);
    return { event: (await events.get(grant.scope, event)) ?? notFound('event', event) };
  }

  app.get(
    '/trace/start',
    {
      config: read,
      schema: {
        tags: ['tracing'],
        summary: 'Where tracing begins: what an event or an alert names',
        querystring: exactly(Subject),
        response: answers({
          200: Type.Object({
            event: bare(EventSchema),
            atMs: Type.Number(),
            host: Optional(Type.String()),
            process: Type.Boolean({ description: 'true: it has a process tree' }),
            alert: Optional(
              Type.Object({
                id: Type.String(),
                title: Type.String(),
                severity: Type.String(),
                rule: RuleName,
                incident: Optional(Type.String()),
              }),
            ),
            nodes: Type.Array(Node),
            edges: Type.Array(Edge),
          }),
        }),
      },
    },
    async ({ grant, query }) => {
      const { event, alert } = await subjectOf(grant, query);
      const host = hostOf(event.fields);
      const drawn = alert
        ? nodesOfAlert(alert)
        : {
            nodes: nodesIn(event.fields).map((node) => ({ ...node, id: nodeId(node.kind, node.value) })),
            edges: [],
          };
      const nodes = grant.permissions.has('alerts:read')
        ? await withAlertCounts(records, grant.scope, drawn.nodes)
        : drawn.nodes;
      return {
        event: event as never,
        atMs: event.timeMs,
        process: host !== undefined && processOf(event.fields) !== undefined,
        nodes: [...(alert ? [alertNode(alert)] : []), ...nodes],
        edges: [...drawn.edges],
        ...(host !== undefined && { host }),
        ...(alert && {
          alert: {
            id: alert.id,
            title: alert.title,
            severity: alert.severity,
            rule: { id: alert.rule.id, title: alert.rule.title },
            ...(alert.incident !== undefined && { incident: alert.incident }),
          },
        }),
      };
    },
  );

  app.get(
    '/trace/process',
    {
      config: read,
      schema: {
        tags: ['tracing'],
        summary: 'The tree of processes round an event',
        querystring: exactly({ ...Subject, before: Distance('before'), after: Distance('after') }),
        response: answers({
          200: Type.Object({
            root: Optional(Type.String()),
            focus: Optional(Type.String()),
            host: Optional(Type.String()),
            nodes: Type.Array(TreeNode),
            truncated: Type.Union([Type.Literal(false), words(['nodes', 'read_limit'] as const)]),
            omitted: Type.Integer({ description: 'processes left out' }),
            missing: Optional(words(['host', 'process'] as const)),
          }),
        }),
      },
    },
    async ({ grant, query, signal }) => {
      const { event } = await subjectOf(grant, query);
      const trace = await traceProcess(events, grant.scope, {
        event,
        beforeMs: (query.before ?? 24) * 3_600_000,
        afterMs: (query.after ?? 24) * 3_600_000,
        signal,
      });
      if ('missing' in trace)
        return { nodes: [], truncated: false as const, omitted: 0, missing: trace.missing };
      const alerted = grant.permissions.has('alerts:read')
        ? await alertedProcesses(records, grant.scope, trace.host)
        : [];
      const nodes = trace.nodes.map((node) => {
        const shown = processQuery(node);
        const alerts = alerted.filter(
          (one) =>
            node.logs.includes(one.event) ||
            (one.entity !== undefined && node.entity !== undefined
              ? one.entity === node.entity
              : one.pid === node.pid &&
                node.startMs !== undefined &&
                one.atMs >= node.startMs - 3_000 &&
                one.atMs <= (node.endMs ?? node.startMs + DAY_MS) + 3_000),
        );
        return {
          ...node,
          logs: [...node.logs],
          alerts: [...new Set(alerts.map(({ alert }) => alert))],
          ...(shown && { query: printQuery(shown) }),
        };
      });
      const { root, focus, host, truncated, omitted } = trace;
      return { root, focus, host, nodes, truncated, omitted };
    },
  );

  app.post(
    '/trace/expand',
    {
      config: read,
      schema: {
        tags: ['tracing'],
        summary: 'The neighbours of one node, with the logs behind each edge',
        body: exactly({
          node: exactly({ kind: words(NODE_KINDS), value: Type.String({ minLength: 1, maxLength: 2048 }) }),
          from: Optional(Type.String({ maxLength: 40, description: 'default: a day ago' })),
          to: Optional(Type.String({ maxLength: 40 })),
        }),
        response: answers({
          200: Type.Object({
            nodes: Type.Array(Node),
            edges: Type.Array(Edge),
            truncated: Type.Boolean({ description: 'only the most frequent neighbours are here' }),
            partial: Type.Boolean({ description: 'time ran out before all was looked for' }),
          }),
        }),
      },
    },
    async ({ grant, body: { node, from, to } }) => {
      const seesAlerts = grant.permissions.has('alerts:read');
      if (node.kind === 'alert') {
        const { alert } = await subjectOf(grant, { alert: node.value });
        const found = alert ? nodesOfAlert(alert) : { nodes: [], edges: [] };
        const nodes = await withAlertCounts(records, grant.scope, found.nodes);
        return { nodes: [...nodes], edges: [...found.edges], truncated: false, partial: false };
      }
      const nowMs = clock.nowMs();
      const toMs = to === undefined ? nowMs : valueOf(parseInstant(to, 'to', nowMs));
      const fromMs = from === undefined ? toMs - DAY_MS : valueOf(parseInstant(from, 'from', nowMs));
      if (!isWorthShowing(node.kind, node.value))
        return { nodes: [], edges: [], truncated: false, partial: false };
      const [grown, alerts] = await Promise.all([
        growNode(events, grant.scope, {
          node: { kind: node.kind, value: node.value },
          fromMs,
          toMs,
          signal: AbortSignal.timeout(PATIENCE_MS),
        }),
        seesAlerts ? alertsAround(records, grant.scope, node) : { nodes: [], edges: [], total: 0 },
      ]);
      const nodes: readonly GraphNode[] = seesAlerts
        ? await withAlertCounts(records, grant.scope, grown.nodes)
        : grown.nodes;
      const edges: readonly GraphEdge[] = [...grown.edges, ...alerts.edges];
      return {
        nodes: [...nodes, ...alerts.nodes],
        edges: [...edges],
        truncated: grown.truncated || alerts.total > alerts.nodes.length,
        partial: grown.partial,
      };
    },
  );
}
