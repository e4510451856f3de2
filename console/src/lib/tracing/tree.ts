/** The process tree as the rows of a tree widget, and how the keys move in it. */
import type { TreeNode } from './answers.js';

export interface TreeRow {
  readonly node: TreeNode;
  /** From 1. */
  readonly level: number;
  readonly children: number;
  readonly open: boolean;
  /** Place among its siblings, from 1, and how many they are. */
  readonly place: number;
  readonly siblings: number;
}

/** Depth first, children by their start; what is closed hides what is below. */
export function rowsOf(nodes: readonly TreeNode[], closed: ReadonlySet<string>): TreeRow[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const children = new Map<string, TreeNode[]>();
  const roots: TreeNode[] = [];
  for (const node of nodes) {
    if (node.parent !== undefined && ids.has(node.parent) && node.parent !== node.id)
      children.set(node.parent, [...(children.get(node.parent) ?? []), node]);
    else roots.push(node);
  }
  const rows: TreeRow[] = [];
  const seen = new Set<string>();
  const walk = (list: readonly TreeNode[], level: number): void => {
    const sorted = [...list].sort((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0));
    sorted.forEach((node, index) => {
      if (seen.has(node.id)) return;
      seen.add(node.id);
      const below = children.get(node.id) ?? [];
      const open = !closed.has(node.id);
      rows.push({
        node,
        level,
        children: below.length,
        open,
        place: index + 1,
        siblings: sorted.length,
      });
      if (open) walk(below, level + 1);
    });
  };
  walk(roots, 1);
  return rows;
}

export type TreeMove =
  | { readonly kind: 'go'; readonly id: string }
  | { readonly kind: 'open' | 'close'; readonly id: string }
  | undefined;

/** The tree pattern of the ARIA practices: arrows open, close and move; Home and End go to the edges. */
export function moveOf(rows: readonly TreeRow[], at: string | undefined, key: string): TreeMove {
  const index = Math.max(
    0,
    rows.findIndex(({ node }) => node.id === at),
  );
  const row = rows[index];
  if (!row) return undefined;
  const go = (to: number): TreeMove => {
    const target = rows[Math.min(rows.length - 1, Math.max(0, to))];
    return target && { kind: 'go', id: target.node.id };
  };
  if (key === 'ArrowDown') return go(index + 1);
  if (key === 'ArrowUp') return go(index - 1);
  if (key === 'Home') return go(0);
  if (key === 'End') return go(rows.length - 1);
  if (key === 'ArrowRight') {
    if (row.children === 0) return undefined;
    return row.open ? go(index + 1) : { kind: 'open', id: row.node.id };
  }
  if (key === 'ArrowLeft') {
    if (row.children > 0 && row.open) return { kind: 'close', id: row.node.id };
    const parent = rows.findIndex(({ node }) => node.id === row.node.parent);
    return parent < 0 ? undefined : go(parent);
  }
  return undefined;
}
