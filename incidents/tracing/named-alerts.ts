/** The alerts of a node and the nodes of an alert: what joins the graph of logs to the queue. */
import type { Event } from '#kernel/event.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, anyOf, equals, or, type Query } from '#kernel/query/ast.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { Scope } from '#kernel/scope.js';
import type { GraphEdge, GraphNode } from './grow.js';
import { hostOf, processOf } from './process.js';
import { nodeId, nodesIn, type NodeKind } from './relations.js';

/** Alert columns that name a node of the kind. */
const COLUMNS: Readonly<Partial<Record<NodeKind, readonly string[]>>> = {
  host: ['host'],
  user: ['user'],
  ip: ['sourceIp', 'destinationIp', 'clientIp'],
};
const ENTITY: Readonly<Partial<Record<NodeKind, string>>> = { host: 'host', user: 'user', ip: 'source_ip' };
/** Alerts shown round one node. */
const MOST_ALERTS = 10;

/** Alerts that name a value; undefined for kinds that no column of theirs holds. */
export function alertsNaming(kind: NodeKind, values: readonly string[]): Query | undefined {
  const columns = COLUMNS[kind];
  const entity = ENTITY[kind];
  if (!columns || !entity) return undefined;
  return or(
    ...columns.map((path) => anyOf(path, values)),
    and(equals('entity.kind', entity), anyOf('entity.value', values)),
  );
}

export interface NamedAlerts {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly total: number;
}

/** The worst and newest alerts that name the node. */
export async function alertsAround(
  records: RecordStore,
  scope: Scope,
  node: { readonly kind: NodeKind; readonly value: string },
): Promise<NamedAlerts> {
  const query = alertsNaming(node.kind, [node.value]);
  if (!query) return { nodes: [], edges: [], total: 0 };
  const { items, total } = await records.search(scope, 'alerts', {
    query,
    sort: { path: 'severity', order: 'desc' },
    limit: MOST_ALERTS,
  });
  const to = nodeId(node.kind, node.value);
  return {
    total,
    nodes: items.map(({ value }) => alertNode(value)),
    edges: items.map(({ value }) => alertEdge(value, to)),
  };
}

/** How many alerts name each node; one count over columns in memory for each kind. */
export async function withAlertCounts(
  records: RecordStore,
  scope: Scope,
  nodes: readonly GraphNode[],
): Promise<readonly GraphNode[]> {
  const counts = new Map<string, number>();
  for (const kind of ['host', 'user', 'ip'] as const) {
    const values = nodes.filter((node) => node.kind === kind).map(({ value }) => value);
    for (const value of values.slice(0, 60)) {
      const query = alertsNaming(kind, [value]);
      if (!query) continue;
      const { total } = await records.facets(scope, 'alerts', { query, paths: [] });
      counts.set(nodeId(kind, value), total);
    }
  }
  return nodes.map((node) => {
    const alerts = counts.get(node.id);
    return alerts === undefined ? node : { ...node, alerts };
  });
}

export function alertNode(alert: Alert): GraphNode {
  return {
    id: nodeId('alert', alert.id),
    kind: 'alert',
    value: alert.id,
    title: alert.title,
    rule: { id: alert.rule.id, title: alert.rule.title },
  };
}

export function alertEdge(alert: Alert, to: string): GraphEdge {
  return {
    from: nodeId('alert', alert.id),
    to,
    kind: 'raised',
    count: alert.count,
    firstMs: Date.parse(alert.firstEventAt),
    lastMs: Date.parse(alert.lastEventAt),
  };
}

/** What an alert's own copies of its events name. */
export function nodesOfAlert(alert: Alert): NamedAlerts {
  const found = copiesOf(alert).flatMap((event) => nodesIn(event.fields));
  const nodes = [...new Map(found.map((one) => [nodeId(one.kind, one.value), one])).entries()]
    .slice(0, 40)
    .map(([id, one]) => ({ id, ...one }));
  return { total: 0, nodes, edges: nodes.map(({ id }) => alertEdge(alert, id)) };
}

export function copiesOf(alert: Alert): readonly Event[] {
  return [alert.last, alert.first, ...alert.samples].map(({ event }) => event as Event);
}

/** Identity of a process as alerts and tree nodes share it. */
export interface AlertedProcess {
  readonly alert: string;
  readonly entity?: string;
  readonly pid?: number;
  readonly atMs: number;
  readonly event: string;
}

const MOST_READ = 200;

/** The alerts of a host in a time, with the processes that their events name. */
export async function alertedProcesses(
  records: RecordStore,
  scope: Scope,
  host: string,
): Promise<readonly AlertedProcess[]> {
  const { items } = await records.search(scope, 'alerts', {
    query: equals('host', host),
    sort: { path: 'lastEventAt', order: 'desc' },
    limit: MOST_READ,
  });
  return items.flatMap(({ value }) =>
    copiesOf(value).flatMap((event) => {
      const own = processOf(event.fields);
      if (!own || hostOf(event.fields)?.toLowerCase() !== host.toLowerCase()) return [];
      const at = { alert: value.id, atMs: event.timeMs, event: event.id };
      return [
        {
          ...at,
          ...(own.entity !== undefined && { entity: own.entity }),
          ...(own.pid !== undefined && { pid: own.pid }),
        },
      ];
    }),
  );
}
