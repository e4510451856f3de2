/** One trace: where it began, its process tree, and the graph as far as it was grown. */
import type { ApiClient } from '$lib/api/client.js';
import type { ApiProblem } from '$lib/api/answer.js';
import { Load } from '$lib/api/load.svelte.js';
import {
  NODE_KINDS,
  type GraphEdge,
  type GraphNode,
  type GrownAnswer,
  type NodeKind,
  type StartAnswer,
  type TreeAnswer,
} from './answers.js';

export interface Subject {
  readonly alert?: string;
  readonly event?: string;
}

/** Nodes that one picture still shows. */
export const MOST_NODES = 200;

export class Trace {
  readonly start = new Load<StartAnswer>();
  readonly tree = new Load<TreeAnswer>();
  nodes = $state.raw<ReadonlyMap<string, GraphNode>>(new Map());
  edges = $state.raw<ReadonlyMap<string, GraphEdge>>(new Map());
  depth = $state.raw<ReadonlyMap<string, number>>(new Map());
  /** Nodes whose neighbours were asked for. */
  grown = $state.raw<ReadonlySet<string>>(new Set());
  growing = $state('');
  problem = $state.raw<ApiProblem | undefined>(undefined);
  /** Some neighbours are missing: the rarest, or those for which time ran out. */
  truncated = $state(false);
  partial = $state(false);
  full = $state(false);
  hours = 24;
  readonly #door: ApiClient;

  constructor(door: ApiClient) {
    this.#door = door;
  }

  /** Reads the start and the tree, and grows what the address names, in its order. */
  async begin(subject: Subject, hours: number, grow: readonly string[]): Promise<void> {
    this.hours = hours;
    void this.tree.run((signal) =>
      this.#door.get('/trace/process', { ...subject, before: hours, after: hours }, signal),
    );
    const start = await this.start.run((signal) => this.#door.get('/trace/start', { ...subject }, signal));
    if (!start) return;
    this.nodes = new Map();
    this.edges = new Map();
    this.depth = new Map();
    this.grown = new Set();
    this.truncated = this.partial = this.full = false;
    this.#add(start.nodes, start.edges, 0);
    // What an alert names stands one step from it.
    if (start.alert) this.depth = new Map(start.nodes.map(({ id, kind }) => [id, kind === 'alert' ? 0 : 1]));
    for (const name of grow.slice(0, 20)) {
      const node = nodeNamed(name);
      if (!node) continue;
      if (!this.nodes.has(node.id)) this.#add([node], [], 0);
      await this.grow(node.id);
    }
  }

  async grow(id: string): Promise<void> {
    const node = this.nodes.get(id);
    const start = this.start.value;
    if (!node || !start || this.grown.has(id) || this.growing) return;
    this.growing = id;
    const away = this.hours * 3_600_000;
    const answer = await this.#door.post<GrownAnswer>('/trace/expand', {
      node: { kind: node.kind, value: node.value },
      from: new Date(start.atMs - away).toISOString(),
      to: new Date(start.atMs + away).toISOString(),
    });
    this.growing = '';
    if (!answer.ok) {
      this.problem = answer.problem;
      return;
    }
    this.problem = undefined;
    this.grown = new Set([...this.grown, id]);
    this.truncated ||= answer.value.truncated;
    this.partial ||= answer.value.partial;
    this.#add(answer.value.nodes, answer.value.edges, (this.depth.get(id) ?? 0) + 1);
  }

  #add(nodes: readonly GraphNode[], edges: readonly GraphEdge[], depth: number): void {
    const known = new Map(this.nodes);
    const depths = new Map(this.depth);
    for (const node of nodes) {
      const before = known.get(node.id);
      if (!before && known.size >= MOST_NODES) {
        this.full = true;
        continue;
      }
      known.set(node.id, { ...before, ...node });
      if (!depths.has(node.id)) depths.set(node.id, depth);
    }
    const drawn = new Map(this.edges);
    for (const edge of edges)
      if (known.has(edge.from) && known.has(edge.to)) drawn.set(`${edge.from} ${edge.kind} ${edge.to}`, edge);
    this.nodes = known;
    this.depth = depths;
    this.edges = drawn;
  }
}

/** `kind:value` as addresses carry it. */
export function nodeNamed(text: string): GraphNode | undefined {
  const at = text.indexOf(':');
  const kind = text.slice(0, at) as NodeKind;
  const value = text.slice(at + 1);
  if (!NODE_KINDS.includes(kind) || value === '') return undefined;
  return { id: `${kind}:${value.toLowerCase()}`, kind, value };
}
