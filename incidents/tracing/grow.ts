/** The neighbours of a node: read from its logs where they are few, counted by the store where they are many. */
import { valuesOf, type Event } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import { printQuery } from '#kernel/query/print.js';
import type { Scope } from '#kernel/scope.js';
import {
  edgeQuery,
  holdsIn,
  isWorthShowing,
  nodeId,
  nodeQuery,
  relationQuery,
  relationsOf,
  type EdgeKind,
  type NodeKind,
  type Relation,
  type Seen,
} from './relations.js';

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly value: string;
  /** Alerts that name it; absent where they may not be seen or were not counted. */
  readonly alerts?: number;
  /** Of an alert, and the rule whose title it may bear. */
  readonly title?: string;
  readonly rule?: { readonly id: string; readonly title: string };
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly count: number;
  /** Of the logs behind it; absent where time did not suffice to look. */
  readonly firstMs?: number;
  readonly lastMs?: number;
  /** Shows the logs behind it. */
  readonly query?: string;
}

export interface Grown {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Neighbours of some kind were left out: the rarest. */
  readonly truncated: boolean;
  /** Time ran out: some kinds of neighbours or some times are missing. */
  readonly partial: boolean;
}

export interface GrowRequest {
  readonly node: { readonly kind: Exclude<NodeKind, 'alert'>; readonly value: string };
  readonly fromMs: number;
  readonly toMs: number;
  /** Aborts what is too slow; what was found until then is answered. */
  readonly signal?: AbortSignal;
}

/** Neighbours of one relation. */
const MOST_PER_RELATION = 12;
/** Up to here the logs themselves are read. */
const FEW_LOGS = 1_000;

interface Occurrence {
  readonly relation: Relation;
  readonly from: string;
  readonly to: string;
  count: number;
  firstMs?: number;
  lastMs?: number;
}

export async function growNode(events: EventStore, scope: Scope, request: GrowRequest): Promise<Grown> {
  const { node, fromMs, toMs, signal } = request;
  const range = { fromMs, toMs, ...(signal && { signal }) };
  try {
    const page = await events.search(scope, {
      query: nodeQuery(node.kind, node.value),
      limit: FEW_LOGS,
      ...range,
    });
    if (page.next === null) return { ...draw(node, tally(page.items, node)), partial: false };
  } catch (error) {
    if (!signal?.aborted) throw error;
    return { nodes: [], edges: [], truncated: false, partial: true };
  }
  const found: Occurrence[] = [];
  let partial = false;
  for (const seen of relationsOf(node.kind)) {
    try {
      found.push(...(await counted(events, scope, node.value, seen, range)));
    } catch (error) {
      if (!signal?.aborted) throw error;
      partial = true;
    }
    if (signal?.aborted) partial = true;
    if (partial) break;
  }
  for (const one of found) {
    if (signal?.aborted) break;
    const query = edgeQuery(one.relation, one.from, one.to);
    try {
      const [first, last] = await Promise.all(
        (['oldest', 'newest'] as const).map((order) =>
          events.search(scope, { query, order, limit: 1, ...range }),
        ),
      );
      if (first?.items[0]) one.firstMs = first.items[0].timeMs;
      if (last?.items[0]) one.lastMs = last.items[0].timeMs;
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }
  partial ||= found.some(({ firstMs }) => firstMs === undefined);
  return { ...draw(node, found), partial };
}

async function counted(
  events: EventStore,
  scope: Scope,
  value: string,
  seen: Seen,
  range: { fromMs: number; toMs: number; signal?: AbortSignal },
): Promise<Occurrence[]> {
  const { relation, side } = seen;
  const terms = await events.terms(scope, {
    query: relationQuery(seen, value),
    path: side === 'from' ? relation.toPath : relation.fromPath,
    size: MOST_PER_RELATION + 1,
    ...range,
  });
  return terms.map(({ value: other, count }) =>
    side === 'from'
      ? { relation, from: value, to: other, count }
      : { relation, from: other, to: value, count },
  );
}

/** Every occurrence of a relation of the node in its logs. */
function tally(logs: readonly Event[], node: GrowRequest['node']): Occurrence[] {
  const found = new Map<string, Occurrence>();
  const own = node.value.toLowerCase();
  for (const { fields, timeMs } of logs)
    for (const { relation, side } of relationsOf(node.kind)) {
      if (!holdsIn(fields, relation)) continue;
      const pairs = valuesOf(fields, relation.fromPath).flatMap((from) =>
        valuesOf(fields, relation.toPath).map((to) => [String(from), String(to)] as const),
      );
      for (const [from, to] of pairs.slice(0, 64)) {
        if ((side === 'from' ? from : to).toLowerCase() !== own) continue;
        const key = `${relation.edge} ${relation.fromPath} ${relation.toPath} ${side} ${from.toLowerCase()} ${to.toLowerCase()}`;
        const one = found.get(key) ?? { relation, from, to, count: 0, firstMs: timeMs, lastMs: timeMs };
        one.count += 1;
        one.firstMs = Math.min(one.firstMs ?? timeMs, timeMs);
        one.lastMs = Math.max(one.lastMs ?? timeMs, timeMs);
        found.set(key, one);
      }
    }
  return [...found.values()];
}

function draw(
  node: GrowRequest['node'],
  found: readonly Occurrence[],
): Pick<Grown, 'nodes' | 'edges' | 'truncated'> {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const kept = new Map<string, number>();
  const self = nodeId(node.kind, node.value);
  let truncated = false;
  for (const one of [...found].sort((a, b) => b.count - a.count)) {
    const { relation } = one;
    const from = nodeId(relation.from, one.from);
    const to = nodeId(relation.to, one.to);
    if (from === to) continue;
    const other =
      from === self ? { kind: relation.to, value: one.to } : { kind: relation.from, value: one.from };
    if (!isWorthShowing(other.kind, other.value)) continue;
    const group = `${relation.edge} ${relation.fromPath} ${relation.toPath} ${from === self}`;
    const already = kept.get(group) ?? 0;
    if (already >= MOST_PER_RELATION) {
      truncated = true;
      continue;
    }
    kept.set(group, already + 1);
    const id = nodeId(other.kind, other.value);
    if (!nodes.has(id)) nodes.set(id, { id, ...other });
    edges.set(`${from} ${relation.edge} ${to}`, {
      from,
      to,
      kind: relation.edge,
      count: one.count,
      ...(one.firstMs !== undefined && { firstMs: one.firstMs }),
      ...(one.lastMs !== undefined && { lastMs: one.lastMs }),
      query: printQuery(edgeQuery(relation, one.from, one.to)),
    });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], truncated };
}
