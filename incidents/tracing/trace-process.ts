/** Reads what a process tree is made of: the starts and ends on one host round one moment, and what lies before. */
import { endOf, hostOf, processOf, startOf, type End, type ProcessName, type Start } from './process.js';
import { ProcessIndex, type Process } from './process-index.js';
import { processFrom, processTree, type ProcessTree } from './process-tree.js';
import { textOf, type Event } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import { and, equals, or, type Query } from '#kernel/query/ast.js';
import type { Scope } from '#kernel/scope.js';

export interface ProcessTraceRequest {
  /** The event that is traced; it need not be in the store any more. */
  readonly event: Event;
  /** How far from the event starts are looked for, milliseconds. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly signal?: AbortSignal;
}

export type ProcessTrace =
  /** `read_limit`: there were more starts on the host than are read. */
  | (ProcessTree & { readonly truncated: false | 'nodes' | 'read_limit'; readonly host: string })
  | { readonly missing: 'host' | 'process' };

/** Most nodes of one tree. */
export const MOST_NODES = 500;
const PAGE = 1_000;
/** Pages read on each side of the event. */
const MOST_PAGES = 5;
/** Ancestors looked for before the time that is read. */
const MOST_STEPS = 16;

const process = equals('event.category', 'process');

export async function traceProcess(
  events: EventStore,
  scope: Scope,
  { event, beforeMs, afterMs, signal }: ProcessTraceRequest,
): Promise<ProcessTrace> {
  const host = hostOf(event.fields);
  if (host === undefined) return { missing: 'host' };
  const own = processOf(event.fields);
  if (!own) return { missing: 'process' };
  // One path, not either: the first is a column of the store, the second is read from every event.
  const onHost = equals(
    textOf(event.fields, 'host.name') === undefined ? 'host.hostname' : 'host.name',
    host,
  );
  const about = {
    query: and(process, or(equals('event.type', 'start'), equals('event.type', 'end')), onHost),
    limit: PAGE,
    ...(signal && { signal }),
  };
  const read = async (range: { fromMs: number; toMs: number; order: 'newest' | 'oldest' }) => {
    const found: Event[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await events.search(scope, { ...about, ...range, ...(cursor && { cursor }) });
      found.push(...answer.items);
      cursor = answer.next;
      if (cursor === null) return { found, whole: true };
    }
    return { found, whole: false };
  };
  const at = event.timeMs;
  const before = await read({ fromMs: at - beforeMs, toMs: at + 1, order: 'newest' });
  const after = await read({ fromMs: at + 1, toMs: at + afterMs, order: 'oldest' });
  const found = [event, ...before.found, ...after.found];
  const starts = [
    ...new Map(found.flatMap((one) => startOf(one) ?? []).map((one) => [one.event, one])).values(),
  ];
  const ends: End[] = found.flatMap((one) => endOf(one) ?? []);

  let index = new ProcessIndex(starts, ends);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const wanted = topOf(index, focusIn(index, own, event, host));
    const earlier = wanted && (await startBefore(events, scope, onHost, wanted, signal));
    if (!earlier || starts.some((one) => one.event === earlier.event)) break;
    starts.push(earlier);
    index = new ProcessIndex(starts, ends);
  }
  const focus = focusIn(index, own, event, host);
  const tree = processTree(index, focus, MOST_NODES);
  const truncated = tree.omitted > 0 ? 'nodes' : before.whole && after.whole ? false : 'read_limit';
  return { ...tree, truncated, host };
}

/** The process that the event tells of; made of the event alone where no log of its start is there. */
function focusIn(index: ProcessIndex, own: ProcessName, event: Event, host: string): Process {
  return (
    index.all.find(({ events }) => events.includes(event.id)) ??
    index.find(own, event.timeMs) ??
    processFrom(own, host, event.id, event.timeMs)
  );
}

/** What the topmost ancestor says of its own parent, and before which moment that one began. */
function topOf(index: ProcessIndex, focus: Process): { name: ProcessName; beforeMs: number } | undefined {
  const seen = new Set<Process>();
  let at = focus;
  for (let up = index.parentOf(at); up && !seen.has(up); up = index.parentOf(at)) {
    seen.add(up);
    at = up;
  }
  return at.parent && { name: at.parent, beforeMs: at.startMs };
}

/** The latest start of that process before a moment, however long ago. */
async function startBefore(
  events: EventStore,
  scope: Scope,
  onHost: Query,
  { name, beforeMs }: { readonly name: ProcessName; readonly beforeMs: number },
  signal: AbortSignal | undefined,
): Promise<Start | undefined> {
  const identity =
    name.entity !== undefined
      ? or(equals('process.entity_id', name.entity), equals('process.entity_id', `{${name.entity}}`))
      : name.pid !== undefined
        ? equals('process.pid', name.pid)
        : undefined;
  if (!identity) return undefined;
  const { items } = await events.search(scope, {
    query: and(process, equals('event.type', 'start'), onHost, identity),
    toMs: beforeMs + 1,
    limit: 1,
    ...(signal && { signal }),
  });
  return items[0] && startOf(items[0]);
}
