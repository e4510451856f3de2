/** What the tracing routes answer. */
import type { Event } from '#kernel/event.js';

export const NODE_KINDS = ['host', 'user', 'ip', 'domain', 'process', 'file', 'alert'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];
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

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly value: string;
  readonly title?: string;
  readonly rule?: { readonly id: string; readonly title: string };
  readonly alerts?: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly count: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
  readonly query?: string;
}

export interface StartAnswer {
  readonly event: Event;
  readonly atMs: number;
  readonly host?: string;
  readonly process: boolean;
  readonly alert?: {
    readonly id: string;
    readonly title: string;
    readonly severity: string;
    readonly rule: { readonly id: string; readonly title: string };
    readonly incident?: string;
  };
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface TreeNode {
  readonly id: string;
  readonly entity?: string;
  readonly pid?: number;
  readonly name: string;
  readonly executable?: string;
  readonly commandLine?: string;
  readonly user?: string;
  readonly host: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly parent?: string;
  readonly event?: string;
  readonly logs: readonly string[];
  readonly alerts: readonly string[];
  readonly query?: string;
}

export interface TreeAnswer {
  readonly root?: string;
  readonly focus?: string;
  readonly host?: string;
  readonly nodes: readonly TreeNode[];
  readonly truncated: false | 'nodes' | 'read_limit';
  readonly omitted: number;
  readonly missing?: 'host' | 'process';
}

export interface GrownAnswer {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly truncated: boolean;
  readonly partial: boolean;
}
