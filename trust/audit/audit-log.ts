/** The audit log of a node: writes a change and its entries in one group, under indexes without gaps. */
import { iso, type Clock } from '#kernel/clock.js';
import type { AuditLog, AuditNote } from '#kernel/ports/audit-log.js';
import type { RecordStore, WriteOperation, WriteOutcome } from '#kernel/ports/record-store.js';
import { equals } from '#kernel/query/ast.js';
import { isVisible, type Scope } from '#kernel/scope.js';
import { authorizeSystem } from '../access/authorize.js';
import { entryId, makeEntry } from './entry.js';

export interface AuditLogOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  /** Identifier of this node; it names its log for good. */
  readonly node: string;
}

/** Notes without a change that wait are written together, at most so many in one group. */
const NOTES_A_GROUP = 200;

/** Finds where the log stands and gives it. Throws what the store throws. */
export async function openAuditLog({ records, clock, node }: AuditLogOptions): Promise<AuditLog> {
  const machinery = authorizeSystem('audit').scope;
  let next: number | undefined = await findNext(records, machinery, node);
  let turn: Promise<unknown> = Promise.resolve();
  let waiting: { note: AuditNote; done: () => void; failed: (error: unknown) => void }[] = [];

  // One writer at a time: an index is taken only once its group is written, so a conflict consumes none.
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function writeGroup(
    operations: readonly WriteOperation[],
    notes: readonly AuditNote[],
  ): Promise<WriteOutcome> {
    for (let attempt = 0; ; attempt += 1) {
      const first: number = next ?? (await findNext(records, machinery, node));
      // Unknown while the group is under way: where the store throws, nobody knows whether it was written.
      next = undefined;
      const at = iso(clock.nowMs());
      const entries = notes.map((note, i): WriteOperation => ({
        kind: 'create',
        collection: 'audit',
        value: makeEntry(node, first + i, at, note),
      }));
      const outcome = await records.write(machinery, [...operations, ...entries]);
      if (outcome.ok) {
        next = first + notes.length;
        return { ok: true, versions: outcome.versions.slice(0, operations.length) };
      }
      if (outcome.at < operations.length) {
        next = first;
        return outcome;
      }
      if (attempt >= 3) throw new Error(`audit log of node ${node} has another writer at index ${first}`);
    }
  }

  async function flushNotes(): Promise<void> {
    const group = waiting.slice(0, NOTES_A_GROUP);
    waiting = waiting.slice(NOTES_A_GROUP);
    if (group.length === 0) return;
    try {
      await writeGroup(
        [],
        group.map(({ note }) => note),
      );
      for (const { done } of group) done();
    } catch (error) {
      for (const { failed } of group) failed(error);
    }
  }

  return {
    write: (scope, operations, notes) =>
      inTurn(async () => {
        const held = await withinScope(records, scope, operations);
        return 'reason' in held ? held : writeGroup(held, notes);
      }),
    note: (note) =>
      new Promise<void>((done, failed) => {
        waiting.push({ note, done, failed });
        void inTurn(flushNotes);
      }),
  };
}

/**
 * Holds the operations against the caller's scope, since the group itself is written under the machinery's: an entry
 * lies at the top unit, where the caller may not write. Every existing record is pinned to the version that was seen.
 */
async function withinScope(
  records: RecordStore,
  scope: Scope,
  operations: readonly WriteOperation[],
): Promise<readonly WriteOperation[] | Extract<WriteOutcome, { ok: false }>> {
  const refused = (reason: 'conflict' | 'absent' | 'out_of_scope', at: number) =>
    ({ ok: false, reason, at }) as const;
  const seen = await Promise.all(
    operations.map(async (operation) =>
      operation.kind === 'create'
        ? undefined
        : records.get(
            scope,
            operation.collection,
            operation.kind === 'remove' ? operation.id : operation.value.id,
          ),
    ),
  );
  const held: WriteOperation[] = [];
  for (const [at, operation] of operations.entries()) {
    if (operation.kind !== 'remove' && !isVisible(scope, operation.value)) return refused('out_of_scope', at);
    if (operation.kind === 'create') {
      held.push(operation);
      continue;
    }
    const current = seen[at];
    if (current === undefined) return refused('absent', at);
    if (operation.version !== undefined && operation.version !== current.version)
      return refused('conflict', at);
    held.push({ ...operation, version: current.version });
  }
  return held;
}

async function findNext(records: RecordStore, scope: Scope, node: string): Promise<number> {
  const newest = await records.search(scope, 'audit', {
    query: equals('node', node),
    sort: { path: 'index', order: 'desc' },
    limit: 1,
  });
  let next = (newest.items[0]?.value.index ?? -1) + 1;
  // A search may lag by a second where `get` does not.
  while ((await records.get(scope, 'audit', entryId(node, next))) !== undefined) next += 1;
  return next;
}
