/** What the side panel says of the chosen process, node or edge. */
import { m } from '$lib/paraglide/messages.js';
import type { GraphNode, TreeNode } from './answers.js';
import { edgeName, kindName, labelOf } from './kinds.js';
import type { Trace } from './trace.svelte.js';

export interface Fact {
  readonly name: string;
  readonly text?: string;
  readonly at?: number;
  readonly count?: number;
  readonly code?: boolean;
}

export interface Chosen {
  readonly kind: string;
  readonly title: string;
  readonly copy?: string;
  readonly facts: readonly Fact[];
  readonly alerts: readonly string[];
  /** What can be grown or kept. */
  readonly node?: GraphNode;
  /** The log of a process's start: another centre of the tree. */
  readonly event?: string;
  readonly query?: string;
}

const NAMES: Readonly<Record<Exclude<GraphNode['kind'], 'alert'>, readonly string[]>> = {
  host: ['host.name'],
  user: ['user.name', 'user.target.name'],
  ip: ['source.ip', 'destination.ip', 'client.ip'],
  domain: ['dns.question.name', 'url.domain', 'destination.domain'],
  process: ['process.executable', 'process.parent.executable'],
  file: ['file.path'],
};

/** Every log that names the node. */
export function queryOf({ kind, value }: GraphNode): string | undefined {
  if (kind === 'alert') return undefined;
  const text = `"${value.replace(/[\\"]/g, '\\$&')}"`;
  return NAMES[kind].map((path) => `${path}: ${text}`).join(' or ');
}

export function chosenOf(
  trace: Pick<Trace, 'nodes' | 'edges' | 'tree'>,
  selected: string,
  view: 'tree' | 'graph' | 'list',
): Chosen | undefined {
  if (view === 'tree') {
    const process = trace.tree.value?.nodes.find(({ id }) => id === selected);
    return process && chosenProcess(process, trace.tree.value?.focus === process.id);
  }
  const node = trace.nodes.get(selected);
  if (node) {
    const query = queryOf(node);
    return {
      kind: kindName(node.kind),
      title: labelOf(node),
      copy: node.value,
      facts: [
        ...(labelOf(node) === node.value
          ? []
          : [{ name: node.kind === 'alert' ? m.word_id() : m.trace_value(), text: node.value, code: true }]),
        ...(node.alerts === undefined ? [] : [{ name: m.nav_alerts(), count: node.alerts }]),
      ],
      alerts: [],
      node,
      ...(query && { query }),
    };
  }
  const edge = trace.edges.get(selected);
  const [from, to] = [edge && trace.nodes.get(edge.from), edge && trace.nodes.get(edge.to)];
  if (!edge || !from || !to) return undefined;
  return {
    kind: m.trace_relation(),
    title: `${labelOf(from)} → ${labelOf(to)}`,
    facts: [
      { name: m.trace_relation(), text: edgeName(edge.kind) },
      { name: m.col_events(), count: edge.count },
      ...(edge.firstMs === undefined ? [] : [{ name: m.trace_first(), at: edge.firstMs }]),
      ...(edge.lastMs === undefined ? [] : [{ name: m.trace_last(), at: edge.lastMs }]),
    ],
    alerts: [],
    ...(edge.query && { query: edge.query }),
  };
}

function chosenProcess(process: TreeNode, isFocus: boolean): Chosen {
  const { name, pid, user, host, startMs, endMs, executable, commandLine, alerts, event, query } = process;
  const fact = (label: string, text: string | undefined, code = false): Fact[] =>
    text === undefined ? [] : [{ name: label, text, code }];
  const time = (label: string, at: number | undefined): Fact[] =>
    at === undefined ? [] : [{ name: label, at }];
  return {
    kind: kindName('process'),
    title: name,
    ...((commandLine ?? executable) && { copy: commandLine ?? executable }),
    facts: [
      ...fact(m.trace_command(), commandLine, true),
      ...fact(m.trace_executable(), executable, true),
      ...fact(m.trace_pid(), pid === undefined ? undefined : String(pid)),
      ...fact(m.trace_kind_user(), user),
      ...fact(m.trace_kind_host(), host),
      ...time(m.trace_started(), startMs),
      ...time(m.trace_ended(), endMs),
    ],
    alerts,
    ...(executable && {
      node: { id: `process:${executable.toLowerCase()}`, kind: 'process' as const, value: executable },
    }),
    ...(event && !isFocus && { event }),
    ...(query && { query }),
  };
}
