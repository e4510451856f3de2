/** Where the graph's nodes stand: a column for each step from the start, so that growing it moves nothing to another column. */
import type { GraphEdge, GraphNode } from './answers.js';

export interface Placed {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly nodes: readonly Placed[];
  readonly width: number;
  readonly height: number;
}

export const BOX = { width: 196, height: 38, across: 120, down: 12, margin: 16 } as const;

/** `depth` of a node is how many growths it is from the start. Within a column near neighbours stand near. */
export function layOut(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  depth: ReadonlyMap<string, number>,
): Layout {
  const columns: GraphNode[][] = [];
  for (const node of nodes) {
    const at = depth.get(node.id) ?? 0;
    (columns[at] ??= []).push(node);
  }
  const neighbours = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  const row = new Map<string, number>();
  const filled = columns.filter((column) => column !== undefined);
  for (const column of filled) {
    const pull = (node: GraphNode) => {
      const known = (neighbours.get(node.id) ?? []).flatMap((id) => row.get(id) ?? []);
      return known.length > 0 ? known.reduce((sum, one) => sum + one, 0) / known.length : Infinity;
    };
    const keyed = column.map((node, index) => ({ node, index, at: pull(node) }));
    keyed.sort((a, b) => a.at - b.at || a.node.kind.localeCompare(b.node.kind) || a.index - b.index);
    keyed.forEach(({ node }, index) => row.set(node.id, index));
  }
  const tallest = Math.max(1, ...filled.map((column) => column.length));
  const step = BOX.height + BOX.down;
  const placed = filled.flatMap((column, index) =>
    column.map((node): Placed => {
      const offset = ((tallest - column.length) * step) / 2;
      return {
        node,
        x: BOX.margin + index * (BOX.width + BOX.across),
        y: BOX.margin + offset + (row.get(node.id) ?? 0) * step,
      };
    }),
  );
  return {
    nodes: placed,
    width: BOX.margin * 2 + filled.length * BOX.width + Math.max(0, filled.length - 1) * BOX.across,
    height: BOX.margin * 2 + tallest * step - BOX.down,
  };
}

/**
 * A curve between two boxes; within a column it bows out to the right. `x`, `y`: where its label stands, nearer to the
 * end that is not `held`, so that the labels of one node's edges do not lie on each other.
 */
export function pathOf(from: Placed, to: Placed, held?: string): { d: string; x: number; y: number } {
  const [a, b] = from.x <= to.x ? [from, to] : [to, from];
  const y1 = a.y + BOX.height / 2;
  const y2 = b.y + BOX.height / 2;
  const x1 = a.x + BOX.width;
  if (a.x === b.x) {
    const out = x1 + 26 + Math.min(40, Math.abs(y2 - y1) / 6);
    return { d: `M${x1},${y1} C${out},${y1} ${out},${y2} ${x1},${y2}`, x: out - 8, y: (y1 + y2) / 2 };
  }
  const x2 = b.x;
  const mid = (x1 + x2) / 2;
  const t = held === a.node.id ? 0.72 : held === b.node.id ? 0.28 : 0.5;
  const bend = (p0: number, p1: number, p2: number, p3: number) =>
    p0 * (1 - t) ** 3 + 3 * p1 * t * (1 - t) ** 2 + 3 * p2 * t ** 2 * (1 - t) + p3 * t ** 3;
  return {
    d: `M${x1},${y1} C${mid},${y1} ${mid},${y2} ${x2},${y2}`,
    x: bend(x1, mid, mid, x2),
    y: bend(y1, y1, y2, y2),
  };
}
