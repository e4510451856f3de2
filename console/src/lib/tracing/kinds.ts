/** Icons and names of the graph's nodes and edges. */
import Cpu from '@lucide/svelte/icons/square-terminal';
import FileText from '@lucide/svelte/icons/file-text';
import Flame from '@lucide/svelte/icons/bell';
import Globe from '@lucide/svelte/icons/globe';
import Network from '@lucide/svelte/icons/network';
import Server from '@lucide/svelte/icons/server';
import User from '@lucide/svelte/icons/user';
import { ruleTitles } from '$lib/rules/titles.svelte.js';
import { textOf } from '$lib/text/words.js';
import type { EdgeKind, GraphNode, NodeKind } from './answers.js';

export const ICONS = {
  host: Server,
  user: User,
  ip: Network,
  domain: Globe,
  process: Cpu,
  file: FileText,
  alert: Flame,
} as const satisfies Record<NodeKind, unknown>;

export const kindName = (kind: NodeKind): string => textOf(`trace_kind_${kind}`) ?? kind;
export const edgeName = (kind: EdgeKind): string => textOf(`trace_edge_${kind}`) ?? kind;

/** What stands in the box: a path by its last part, an alert by its title. */
export function labelOf({ kind, value, title, rule }: GraphNode): string {
  if (kind === 'alert') return title && rule ? ruleTitles.ofAlert({ title, rule }) : (title ?? value);
  if (kind !== 'process' && kind !== 'file') return value;
  return value.slice(Math.max(value.lastIndexOf('\\'), value.lastIndexOf('/')) + 1) || value;
}
