/** What the graph's nodes are, where logs name them, and which fields of one log tie two of them together. */
import { textOf, valuesOf, type Fields } from '#kernel/event.js';
import { and, anyOf, equals, not, or, type Query } from '#kernel/query/ast.js';

export const NODE_KINDS = ['host', 'user', 'ip', 'domain', 'process', 'file', 'alert'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** What stands on an edge. `from` does it to `to`. */
export const EDGE_KINDS = [
  'connected',
  'resolved',
  'signed_in',
  'came_from',
  'ran',
  'started',
  'wrote',
  'used',
  'raised',
] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

/** Paths that name a node of the kind, the usual one first. An alert is no value of a log. */
export const NODE_PATHS: Readonly<Record<Exclude<NodeKind, 'alert'>, readonly string[]>> = {
  host: ['host.name'],
  user: ['user.name', 'user.target.name'],
  ip: ['source.ip', 'destination.ip', 'client.ip'],
  domain: ['dns.question.name', 'url.domain', 'destination.domain'],
  process: ['process.executable', 'process.parent.executable'],
  file: ['file.path'],
};

export interface Relation {
  readonly edge: EdgeKind;
  readonly from: Exclude<NodeKind, 'alert'>;
  readonly fromPath: string;
  readonly to: Exclude<NodeKind, 'alert'>;
  readonly toPath: string;
  /** A word that one of the event's categories must be. */
  readonly category?: string;
  /** Directions (`network.direction`) in which it would be the other way round. */
  readonly unless?: readonly string[];
}

const OUTWARD = ['egress', 'outbound'];
const INWARD = ['ingress', 'inbound'];

/** One log that has both paths (and the category) is one occurrence of the edge. */
export const RELATIONS: readonly Relation[] = [
  { edge: 'connected', from: 'ip', fromPath: 'source.ip', to: 'ip', toPath: 'destination.ip' },
  { edge: 'connected', from: 'process', fromPath: 'process.executable', to: 'ip', toPath: 'destination.ip' },
  { edge: 'connected', from: 'ip', fromPath: 'source.ip', to: 'host', toPath: 'host.name', unless: OUTWARD },
  { edge: 'connected', from: 'ip', fromPath: 'source.ip', to: 'domain', toPath: 'url.domain' },
  { edge: 'resolved', from: 'host', fromPath: 'host.name', to: 'domain', toPath: 'dns.question.name' },
  { edge: 'resolved', from: 'ip', fromPath: 'source.ip', to: 'domain', toPath: 'dns.question.name' },
  { edge: 'resolved', from: 'domain', fromPath: 'dns.question.name', to: 'ip', toPath: 'dns.resolved_ip' },
  {
    edge: 'resolved',
    from: 'process',
    fromPath: 'process.executable',
    to: 'domain',
    toPath: 'dns.question.name',
  },
  {
    edge: 'signed_in',
    from: 'user',
    fromPath: 'user.name',
    to: 'host',
    toPath: 'host.name',
    category: 'authentication',
  },
  {
    edge: 'came_from',
    from: 'user',
    fromPath: 'user.name',
    to: 'ip',
    toPath: 'source.ip',
    category: 'authentication',
  },
  {
    edge: 'ran',
    from: 'host',
    fromPath: 'host.name',
    to: 'process',
    toPath: 'process.executable',
    category: 'process',
  },
  {
    edge: 'ran',
    from: 'user',
    fromPath: 'user.name',
    to: 'process',
    toPath: 'process.executable',
    category: 'process',
  },
  {
    edge: 'started',
    from: 'process',
    fromPath: 'process.parent.executable',
    to: 'process',
    toPath: 'process.executable',
    category: 'process',
  },
  {
    edge: 'wrote',
    from: 'process',
    fromPath: 'process.executable',
    to: 'file',
    toPath: 'file.path',
    category: 'file',
  },
  { edge: 'used', from: 'user', fromPath: 'user.name', to: 'file', toPath: 'file.path', category: 'file' },
  {
    edge: 'connected',
    from: 'host',
    fromPath: 'host.name',
    to: 'ip',
    toPath: 'destination.ip',
    category: 'network',
    unless: INWARD,
  },
];

/** A relation seen from a node: the node stands at its `from` or at its `to`. */
export interface Seen {
  readonly relation: Relation;
  readonly side: 'from' | 'to';
}

export function relationsOf(kind: NodeKind): readonly Seen[] {
  return RELATIONS.flatMap((relation) => [
    ...(relation.from === kind ? [{ relation, side: 'from' } as const] : []),
    ...(relation.to === kind ? [{ relation, side: 'to' } as const] : []),
  ]);
}

/** The logs of a relation that name the node at its side. */
export function relationQuery({ relation, side }: Seen, value: string): Query {
  const [own, other] =
    side === 'from' ? [relation.fromPath, relation.toPath] : [relation.toPath, relation.fromPath];
  return and(equals(own, value), ...conditionsOf(relation), { kind: 'exists', path: other });
}

/** The logs behind one edge. */
export function edgeQuery(relation: Relation, from: string, to: string): Query {
  return and(equals(relation.fromPath, from), equals(relation.toPath, to), ...conditionsOf(relation));
}

function conditionsOf({ category, unless }: Relation): readonly Query[] {
  return [
    ...(category ? [equals('event.category', category)] : []),
    ...(unless ? [not(anyOf('network.direction', unless))] : []),
  ];
}

/** Every log that names the node. */
export function nodeQuery(kind: Exclude<NodeKind, 'alert'>, value: string): Query {
  return or(...NODE_PATHS[kind].map((path) => equals(path, value)));
}

export interface SeedNode {
  readonly kind: NodeKind;
  readonly value: string;
}

/** Addresses that stand for none, and for the machine itself. */
const NO_ADDRESS = new Set(['0.0.0.0', '::', '127.0.0.1', '::1', '-']);

/** False for values that tie nothing together, such as the loopback address. */
export function isWorthShowing(kind: NodeKind, value: string): boolean {
  return value !== '' && value !== '-' && value.length <= 2_048 && !(kind === 'ip' && NO_ADDRESS.has(value));
}

/** The nodes that one log names, each once. */
export function nodesIn(fields: Fields): readonly SeedNode[] {
  const found = (Object.keys(NODE_PATHS) as Exclude<NodeKind, 'alert'>[]).flatMap((kind) =>
    NODE_PATHS[kind].flatMap((path) =>
      valuesOf(fields, path)
        .map(String)
        .filter((value) => isWorthShowing(kind, value))
        .slice(0, 4)
        .map((value) => ({ kind, value })),
    ),
  );
  return [...new Map(found.map((node) => [nodeId(node.kind, node.value), node])).values()];
}

/** Values are compared as the query language does: without case. */
export function nodeId(kind: NodeKind, value: string): string {
  return `${kind}:${value.toLowerCase()}`;
}

/** Whether a log is an occurrence of the relation. */
export function holdsIn(fields: Fields, relation: Relation): boolean {
  return (
    textOf(fields, relation.fromPath) !== undefined &&
    textOf(fields, relation.toPath) !== undefined &&
    (relation.category === undefined || isOneOf(fields, 'event.category', [relation.category])) &&
    (relation.unless === undefined || !isOneOf(fields, 'network.direction', relation.unless))
  );
}

function isOneOf(fields: Fields, path: string, words: readonly string[]): boolean {
  return valuesOf(fields, path).some((one) => words.includes(String(one).toLowerCase()));
}
