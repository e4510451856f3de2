/** Keeps the readers of files and journald in step with their records: started, stopped, forgotten. */
import { FaultError, fault, sentenceOf, type Fault } from '#kernel/errors.js';
import type { EventBus } from '#kernel/bus.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { and, anyOf, equals } from '#kernel/query/ast.js';
import { fail, ok } from '#kernel/result.js';
import type { Source } from '#kernel/schema/source.js';
import { isVisible } from '#kernel/scope.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { LocalSources, SourceControl } from './routes/sources.js';
import type { SourceRecords } from './source-records.js';

/** A reader that runs; `stop` gives what it has read to the journal first. */
export interface RunningReader {
  stop(): Promise<void>;
}

/** Starts the reader of a record; throws a fault where it cannot. */
export type StartReader = (source: Source) => Promise<RunningReader>;

export interface SourceControlOptions {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly bus: EventBus;
  readonly sources: SourceRecords;
  readonly start: Readonly<Record<'file' | 'journald', StartReader>>;
  readonly local: () => Promise<LocalSources>;
  /** Why a file may not be watched, whoever asks. */
  readonly refused: (path: string) => Promise<Fault | undefined>;
}

export interface ManagedSources extends SourceControl {
  /** Starts every enabled source. */
  startAll(): Promise<void>;
  stopAll(): Promise<void>;
}

const READ_HERE = ['file', 'journald'] as const;
type ReadHere = (typeof READ_HERE)[number];
const isReadHere = (kind: string): kind is ReadHere => (READ_HERE as readonly string[]).includes(kind);

export function createSourceControl(options: SourceControlOptions): ManagedSources {
  const { records, audit, bus, sources } = options;
  const machinery = authorizeSystem('sources').scope;
  const running = new Map<string, RunningReader>();
  // One change at a time, so that no reader is started twice.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function start(source: Source): Promise<void> {
    if (!isReadHere(source.kind) || running.has(source.id)) return;
    const observer = sources.observer(source.id);
    try {
      running.set(source.id, await options.start[source.kind](source));
    } catch (error) {
      observer.state('failed', error instanceof FaultError ? error.fault : unreadable(source, error));
    }
    await sources.flush();
  }

  async function stop(id: string): Promise<void> {
    const reader = running.get(id);
    running.delete(id);
    await reader?.stop();
    if (reader) sources.observer(id).state('stopped');
    await sources.flush();
  }

  async function newest(id: string, otherwise: Versioned<Source>): Promise<Versioned<Source>> {
    return (await records.get(machinery, 'sources', id)) ?? otherwise;
  }

  return {
    create: (by, plan) =>
      inTurn(async () => {
        if (plan.kind === 'file') {
          if (!plan.target?.startsWith('/'))
            return fail(
              fault('invalid_request', undefined, [
                { message: 'a file needs its absolute path', at: '/target' },
              ]),
            );
          const refusal = await options.refused(plan.target);
          if (refusal) {
            await audit.note({
              actor: by.actor,
              action: 'source.refused',
              target: 'sources',
              result: 'refused',
              detail: { target: plan.target.slice(0, 1000) },
            });
            return fail(refusal);
          }
        }
        const placed = {
          unit: plan.unit ?? by.scope.units[0] ?? '/',
          realm: by.scope.realm,
          classification: 1 as const,
        };
        if (!isVisible(by.scope, placed))
          return fail(fault('not_permitted', { actor: 'account', permission: `unit ${placed.unit}` }));
        const there = await records.search(machinery, 'sources', {
          query: equals('kind', plan.kind),
          limit: 1000,
        });
        if (there.items.some(({ value }) => value.target === plan.target))
          return fail(fault('exists', { what: 'source', id: plan.target ?? plan.kind }));
        const made = await sources.create({ ...plan, unit: placed.unit, realm: placed.realm }, by.actor);
        await start(made.value);
        return ok(await newest(made.value.id, made));
      }),

    change: (by, id, version, change) =>
      inTurn(async () => {
        for (let attempt = 0; ; attempt += 1) {
          const found = await records.get(by.scope, 'sources', id);
          if (!found) return fail(fault('not_found', { what: 'source', id }));
          // Counters are written every few seconds and raise the version; only what people set can conflict.
          if (version > found.version)
            return fail(fault('conflict', { what: 'source', id, version: found.version }));
          const value: Source = { ...found.value, ...change };
          const outcome = await audit.write(
            by.scope,
            [{ kind: 'replace', collection: 'sources', value, version: found.version }],
            [
              {
                actor: by.actor,
                action: 'source.changed',
                target: `sources/${id}`,
                detail: { ...change },
                unit: value.unit,
                realm: value.realm,
              },
            ],
          );
          if (!outcome.ok && attempt < 5) continue;
          if (!outcome.ok) return fail(fault('conflict', { what: 'source', id }));
          await (value.enabled ? start(value) : stop(id));
          bus.emit('source.changed', value);
          return ok(await newest(id, { value, version: found.version + 1 }));
        }
      }),

    remove: (by, id) =>
      inTurn(async () => {
        const found = await records.get(by.scope, 'sources', id);
        if (!found) return fail(fault('not_found', { what: 'source', id }));
        await stop(id);
        const { value } = found;
        const outcome = await audit.write(
          by.scope,
          [{ kind: 'remove', collection: 'sources', id }],
          [
            {
              actor: by.actor,
              action: 'source.removed',
              target: `sources/${id}`,
              detail: { name: value.name },
              unit: value.unit,
              realm: value.realm,
            },
          ],
        );
        if (!outcome.ok) return fail(fault('conflict', { what: 'source', id }));
        bus.emit('source.changed', value);
        return ok(undefined);
      }),

    local: options.local,

    startAll: () =>
      inTurn(async () => {
        const query = and(anyOf('kind', READ_HERE), equals('enabled', true));
        for (const { value } of (await records.search(machinery, 'sources', { query, limit: 1000 })).items)
          await start(value);
      }),

    stopAll: () =>
      inTurn(async () => {
        await Promise.all([...running.values()].map((reader) => reader.stop()));
        running.clear();
        await sources.flush();
      }),
  };
}

function unreadable(source: Source, error: unknown): Fault {
  const reason = error instanceof Error ? error.message.slice(0, 200) : sentenceOf(fault('internal'));
  return fault('source_unreadable', {
    path: source.target ?? source.kind,
    reason,
    how: 'check that the server may read it',
  });
}
