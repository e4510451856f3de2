/** The records of sources: made when first needed, their counters gathered in memory and written every few seconds. */
import type { EventBus } from '#kernel/bus.js';
import type { SourceObserver } from '#collector/sources/observer.js';
import { sentenceOf } from '#kernel/errors.js';
import { iso, type Clock, type Identifiers } from '#kernel/clock.js';
import type { Actor, AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { and, equals } from '#kernel/query/ast.js';
import type { Source } from '#kernel/schema/source.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import type { SourceKind } from '#kernel/vocabulary.js';
import { authorizeSystem } from '#trust/access/authorize.js';

export interface SourcePlan {
  readonly kind: SourceKind;
  readonly name: string;
  readonly target?: string;
  readonly format?: string;
  readonly unit?: string;
  readonly realm?: string;
  readonly classification?: 1 | 2 | 3;
  readonly enabled?: boolean;
}

type SourceCondition = Pick<Source, 'state' | 'problem'>;
export type SourcePauses = Pick<Source, 'usualGapMs' | 'silentSince'>;

export interface SourceRecords {
  /** The record of this kind and target, made if it is not there. Audited. */
  ensure(plan: SourcePlan, actor: Actor): Promise<Versioned<Source>>;
  create(plan: SourcePlan, actor: Actor): Promise<Versioned<Source>>;
  /** What a collector tells of the source; losses are also told on the bus, with their reason. */
  observer(id: string): SourceObserver;
  /** Where its reader goes on after a restart; opaque. */
  position(id: string, position: string): void;
  /** What was found out about its pauses; a source that has spoken meanwhile is not silent. */
  pauses(id: string, pauses: SourcePauses): void;
  /** Writes what was gathered. */
  flush(): Promise<void>;
}

interface Gathered {
  events: number;
  bytes: number;
  errors: number;
  lost: number;
  lastEventMs: number;
  lastSeenMs: number;
  condition?: SourceCondition;
  position?: string;
  pauses?: SourcePauses;
}

export interface SourceRecordsOptions {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: Identifiers;
}

export function createSourceRecords({
  records,
  audit,
  bus,
  clock,
  ids,
}: SourceRecordsOptions): SourceRecords {
  const { scope } = authorizeSystem('sources');
  const gathered = new Map<string, Gathered>();
  const making = new Map<string, Promise<Versioned<Source>>>();
  let flushing: Promise<void> = Promise.resolve();

  const of = (id: string): Gathered => {
    let there = gathered.get(id);
    if (!there)
      gathered.set(id, (there = { events: 0, bytes: 0, errors: 0, lost: 0, lastEventMs: 0, lastSeenMs: 0 }));
    return there;
  };

  async function create(plan: SourcePlan, actor: Actor): Promise<Versioned<Source>> {
    const enabled = plan.enabled ?? true;
    const value: Source = {
      id: ids.next('src'),
      unit: plan.unit ?? ROOT_UNIT,
      realm: plan.realm ?? LIVE,
      classification: plan.classification ?? 1,
      kind: plan.kind,
      name: plan.name,
      enabled,
      ...(plan.target !== undefined && { target: plan.target }),
      ...(plan.format !== undefined && { format: plan.format }),
      createdAt: iso(clock.nowMs()),
      createdBy: actor.id,
      state: enabled ? 'waiting' : 'stopped',
      events: 0,
      bytes: 0,
      errors: 0,
      lost: 0,
    };
    const detail = {
      kind: plan.kind,
      name: plan.name,
      ...(plan.target !== undefined && { target: plan.target }),
    };
    await audit.write(
      scope,
      [{ kind: 'create', collection: 'sources', value }],
      [
        {
          actor,
          action: 'source.created',
          target: `sources/${value.id}`,
          detail,
          unit: value.unit,
          realm: value.realm,
        },
      ],
    );
    bus.emit('source.changed', value);
    return { value, version: 1 };
  }

  async function find({
    kind,
    target,
    unit = ROOT_UNIT,
  }: SourcePlan): Promise<Versioned<Source> | undefined> {
    const query = and(equals('kind', kind), ...(target === undefined ? [] : [equals('target', target)]));
    const found = await records.search(scope, 'sources', { query, limit: 1000 });
    return found.items.find(({ value }) => value.target === target && value.unit === unit);
  }

  async function write(id: string, news: Gathered): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const current = await records.get(scope, 'sources', id);
      if (!current) return;
      const value = merge(current.value, news);
      const outcome = await records.write(scope, [
        { kind: 'replace', collection: 'sources', value, version: current.version },
      ]);
      if (outcome.ok) return bus.emit('source.changed', value);
    }
  }

  return {
    create,
    ensure(plan, actor) {
      const key = JSON.stringify([plan.kind, plan.target ?? null, plan.unit ?? ROOT_UNIT]);
      const under = making.get(key) ?? find(plan).then((found) => found ?? create(plan, actor));
      making.set(key, under);
      return under.finally(() => making.delete(key));
    },
    observer: (id) => ({
      accepted(events, bytes, atMs) {
        const there = of(id);
        there.events += events;
        there.bytes += bytes;
        there.lastEventMs = Math.max(there.lastEventMs, atMs);
        if (events > 0) there.lastSeenMs = clock.nowMs();
      },
      errors: (events) => void (of(id).errors += events),
      lost(reason, count) {
        of(id).lost += count;
        bus.emit('loss.counted', { reason, count, of: 'records', source: id });
      },
      state(state, fault) {
        of(id).condition = {
          state,
          ...(fault && {
            problem: {
              code: fault.code,
              message: sentenceOf(fault),
              remedy: sentenceOf(fault, 'remedy'),
              ...(fault.data && { data: { ...fault.data } }),
            },
          }),
        };
      },
    }),
    position: (id, position) => void (of(id).position = position),
    pauses: (id, pauses) => void (of(id).pauses = pauses),
    flush() {
      flushing = flushing.then(async () => {
        const taken = [...gathered];
        gathered.clear();
        for (const [id, news] of taken) await write(id, news);
      });
      return flushing;
    },
  };
}

function merge(source: Source, news: Gathered): Source {
  const { problem: before, silentSince, usualGapMs, ...rest } = source;
  const pauses = news.pauses ?? {
    ...(usualGapMs !== undefined && { usualGapMs }),
    ...(silentSince !== undefined && { silentSince }),
  };
  const { silentSince: silent, ...pace } = pauses;
  const condition = news.condition ?? { state: source.state, ...(before && { problem: before }) };
  const lastEventMs = Math.max(source.lastEventAt ? Date.parse(source.lastEventAt) : 0, news.lastEventMs);
  return {
    ...rest,
    ...condition,
    ...pace,
    ...(silent !== undefined && news.lastSeenMs === 0 && { silentSince: silent }),
    ...(news.position !== undefined && { position: news.position }),
    events: source.events + news.events,
    bytes: source.bytes + news.bytes,
    errors: source.errors + news.errors,
    lost: source.lost + news.lost,
    ...(lastEventMs > 0 && { lastEventAt: iso(lastEventMs) }),
    ...(news.lastSeenMs > 0 && { lastSeenAt: iso(news.lastSeenMs) }),
  };
}
