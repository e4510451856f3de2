/** The tree round one process: its ancestors up to the root, everything that came of it, and of its parent. */
import type { ProcessName } from './process.js';
import type { Process, ProcessIndex } from './process-index.js';

export interface TreeNode {
  readonly id: string;
  readonly entity?: string;
  readonly pid?: number;
  readonly name: string;
  readonly executable?: string;
  readonly commandLine?: string;
  readonly user?: string;
  readonly host: string;
  /** Absent where only a child's log names it. */
  readonly startMs?: number;
  readonly endMs?: number;
  readonly parent?: string;
  /** The log of its start; absent where only a child's log names it. */
  readonly event?: string;
  /** All logs of its start. */
  readonly logs: readonly string[];
}

export interface ProcessTree {
  readonly root: string;
  /** The process that was asked for. */
  readonly focus: string;
  /** Parents before children. */
  readonly nodes: readonly TreeNode[];
  /** Processes below the focus that are left out. */
  readonly omitted: number;
}

const MOST_ANCESTORS = 64;

/** `limit`: most nodes. Breadth first, so that what is left out is what is farthest from the focus. */
export function processTree(index: ProcessIndex, focus: Process, limit: number): ProcessTree {
  const children = new Map<Process, Process[]>();
  for (const one of index.all) {
    const parent = index.parentOf(one);
    if (parent) children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const above: Process[] = [];
  for (let at = index.parentOf(focus); at && !above.includes(at) && at !== focus; at = index.parentOf(at)) {
    above.unshift(at);
    if (above.length === MOST_ANCESTORS) break;
  }
  const nodes: TreeNode[] = [];
  const top = above[0] ?? focus;
  let parent: string | undefined;
  // What is known of the topmost one's parent is its name alone.
  const named = top.parent && !index.parentOf(top) && unseen(top, top.parent);
  if (named) {
    nodes.push(named);
    parent = named.id;
  }
  for (const one of above) {
    nodes.push(nodeOf(one, parent));
    parent = one.key;
  }
  nodes.push(nodeOf(focus, parent));
  const seen = new Set<Process>([...above, focus]);
  let omitted = 0;
  // Then what else its parent did: the shell's other commands.
  const parentOfFocus = above.at(-1);
  const queue = [focus, ...(parentOfFocus ? [parentOfFocus] : [])];
  for (let at = queue.shift(); at; at = queue.shift())
    for (const child of children.get(at) ?? []) {
      if (seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
      if (nodes.length < limit) nodes.push(nodeOf(child, at.key));
      else omitted += 1;
    }
  return { root: (nodes[0] as TreeNode).id, focus: focus.key, nodes, omitted };
}

/** A process of which no log of its own start is at hand, from an event that names it. */
export function processFrom(name: ProcessName, host: string, event: string, atMs: number): Process {
  return { ...name, key: name.entity ?? event, events: [event], host, startMs: atMs };
}

function unseen(child: Process, parent: ProcessName): TreeNode {
  const { entity, pid, name, executable, commandLine } = parent;
  return {
    id: entity ?? `${child.key}/parent`,
    name: name ?? (pid === undefined ? '?' : `pid ${pid}`),
    host: child.host,
    logs: [],
    ...(entity !== undefined && { entity }),
    ...(pid !== undefined && { pid }),
    ...(executable !== undefined && { executable }),
    ...(commandLine !== undefined && { commandLine }),
  };
}

function nodeOf(process: Process, parent: string | undefined): TreeNode {
  const { key, events, entity, pid, name, executable, commandLine, user, host, startMs, endMs } = process;
  const [event] = events;
  return {
    id: key,
    name: name ?? (pid === undefined ? '?' : `pid ${pid}`),
    host,
    startMs,
    logs: events,
    ...(entity !== undefined && { entity }),
    ...(pid !== undefined && { pid }),
    ...(executable !== undefined && { executable }),
    ...(commandLine !== undefined && { commandLine }),
    ...(user !== undefined && { user }),
    ...(endMs !== undefined && { endMs }),
    ...(parent !== undefined && { parent }),
    ...(event !== undefined && { event }),
  };
}
