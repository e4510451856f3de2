/**
 * Applies judgements to alerts and ledger. Idempotent: every alert and line remembers the last judgement applied, and a
 * mark remembers the journal's, so that after a crash everything goes on from what is there.
 */
import type { EventBus } from '#kernel/bus.js';
import type { RecordStore, Versioned, WriteOperation, WriteOutcome } from '#kernel/ports/record-store.js';
import { and, equals } from '#kernel/query/ast.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { AlertEffect, Judgement, ProjectionMark } from '#kernel/schema/judgement.js';
import { LIVE, ROOT_UNIT, type Scope } from '#kernel/scope.js';
import { isOpen } from '../lifecycle.js';
import { createdAlert, mergedAlert } from './alert-effects.js';
import { conservation, createLedger, type Ledger } from './ledger.js';
import { loadOpenGroups, type OpenGroupMap } from './open-groups.js';

export interface ProjectionOptions {
  readonly records: RecordStore;
  /** The machinery's own: all units and realms. */
  readonly scope: Scope;
  readonly bus: EventBus;
}

export interface Projection {
  readonly groups: OpenGroupMap;
  readonly ledger: Ledger;
  /**
   * Applies one judgement; one after the other in the order of the calls. Rejects with what the store throws, and then
   * nothing of the judgement is taken as applied: call it again. A judgement at or below the mark is passed over.
   */
  apply(judgement: Judgement): Promise<void>;
  /** Applies the judgements that are stored and not applied yet; returns the last frame applied, 0 for none. */
  catchUp(journal: string): Promise<number>;
}

/** Alerts of one write; more of them are written in several groups, the mark in the last. */
const ALERTS_A_GROUP = 400;
/** Alerts kept in memory, so that a storm on few alerts needs no reads. Each holds its events: some 10 kB. */
const ALERTS_HELD = 1_000;
const MOST_ATTEMPTS = 20;

interface Draft {
  readonly before: Versioned<Alert> | undefined;
  value: Alert;
  created: boolean;
}

export async function openProjection({ records, scope, bus }: ProjectionOptions): Promise<Projection> {
  const groups = await loadOpenGroups(records, scope);
  const ledger = createLedger(records, scope);
  await ledger.load();
  const marks = new Map<string, Versioned<ProjectionMark> | undefined>();
  const held = new Map<string, Versioned<Alert>>();
  let turn: Promise<unknown> = Promise.resolve();

  async function markOf(journal: string): Promise<Versioned<ProjectionMark> | undefined> {
    if (!marks.has(journal)) marks.set(journal, await records.get(scope, 'projections', `alerts/${journal}`));
    return marks.get(journal);
  }

  function hold(alert: Versioned<Alert>): void {
    held.delete(alert.value.id);
    held.set(alert.value.id, alert);
    for (const id of held.keys()) {
      if (held.size <= ALERTS_HELD) break;
      held.delete(id);
    }
  }

  /** The alert as the store has it now (or as held: a stale one fails the write and is read again). */
  async function current(id: string): Promise<Versioned<Alert> | undefined> {
    return held.get(id) ?? (await records.get(scope, 'alerts', id));
  }

  /** The alert that an effect goes to: the group's open one, else the one the engine named (which may be closed or new). */
  async function targetOf(effect: AlertEffect, drafts: ReadonlyMap<string, Draft>): Promise<Draft | string> {
    const draftOf = async (id: string): Promise<Draft | undefined> => {
      const drafted = drafts.get(id);
      if (drafted) return drafted;
      const before = await current(id);
      return before && { before, value: before.value, created: false };
    };
    const named = await draftOf(effect.alert);
    if (named && isOpen(named.value.status)) return named;
    const standing = groups.find(effect.groupKey);
    const open = standing === undefined ? undefined : await draftOf(standing);
    if (standing !== undefined && open && isOpen(open.value.status)) return open;
    return named ?? effect.alert;
  }

  async function draftAlerts(judgement: Judgement): Promise<Map<string, Draft>> {
    const { journal, toFrame, judgedAt } = judgement;
    const applied = { journal, frame: toFrame };
    const drafts = new Map<string, Draft>();
    const createdFor = new Map<string, string>();
    for (const effect of judgement.effects) {
      // Two creates of one group in one judgement are one alert.
      const sibling = createdFor.get(effect.groupKey);
      const target = await targetOf(sibling === undefined ? effect : { ...effect, alert: sibling }, drafts);
      if (typeof target === 'string') {
        createdFor.set(effect.groupKey, effect.alert);
        const value = createdAlert(effect, applied, judgedAt);
        drafts.set(effect.alert, { before: undefined, value, created: true });
        continue;
      }
      const last = target.before?.value.applied;
      if (last && last.journal === journal && last.frame >= toFrame) continue;
      target.value = mergedAlert(target.value, effect, applied, judgedAt);
      drafts.set(target.value.id, target);
    }
    return drafts;
  }

  function operationOf({ before, value }: Draft): WriteOperation {
    return before === undefined
      ? { kind: 'create', collection: 'alerts', value }
      : { kind: 'replace', collection: 'alerts', value, version: before.version };
  }

  async function writeAlerts(
    drafts: readonly Draft[],
    more: readonly WriteOperation[],
  ): Promise<WriteOutcome> {
    const outcome = await records.write(scope, [...drafts.map(operationOf), ...more]);
    if (!outcome.ok) return outcome;
    for (const [i, { value, created, before }] of drafts.entries()) {
      const version = outcome.versions[i] as number;
      hold({ value, version });
      groups.opened(value.groupKey, value.id, version);
      const { id, unit, realm, classification, severity, title } = value;
      if (created) bus.emit('alert.raised', { id, unit, realm, classification, severity, title });
      else if (before) bus.emit('alert.changed', { id, unit, realm, classification });
    }
    return outcome;
  }

  async function attempt(
    judgement: Judgement,
    mark: Versioned<ProjectionMark> | undefined,
  ): Promise<WriteOutcome> {
    const drafts = [...(await draftAlerts(judgement)).values()];
    while (drafts.length > ALERTS_A_GROUP) {
      const outcome = await writeAlerts(drafts.splice(0, ALERTS_A_GROUP), []);
      if (!outcome.ok) return outcome;
    }
    const lines = ledger.draft(judgement);
    const hits = await draftHits(judgement);
    const value = markAt(judgement);
    const marking: WriteOperation =
      mark === undefined
        ? { kind: 'create', collection: 'projections', value }
        : { kind: 'replace', collection: 'projections', value, version: mark.version };
    const outcome = await writeAlerts(drafts, [...lines.operations, ...hits, marking]);
    if (!outcome.ok) return outcome;
    lines.commit();
    marks.set(judgement.journal, { value, version: outcome.versions.at(-1) as number });
    return outcome;
  }

  /** What exceptions took, counted on them. */
  async function draftHits({
    journal,
    toFrame,
    judgedAt,
    exceptions = [],
  }: Judgement): Promise<WriteOperation[]> {
    const operations: WriteOperation[] = [];
    for (const { exception, count } of exceptions) {
      const found = await records.get(scope, 'exceptions', exception);
      if (!found) continue;
      const { applied, hits } = found.value;
      if (applied && applied.journal === journal && applied.frame >= toFrame) continue;
      const value = {
        ...found.value,
        hits: hits + count,
        lastHitAt: judgedAt,
        applied: { journal, frame: toFrame },
      };
      operations.push({ kind: 'replace', collection: 'exceptions', value, version: found.version });
    }
    return operations;
  }

  async function applyNow(judgement: Judgement): Promise<void> {
    const { journal, fromFrame, toFrame } = judgement;
    for (let tries = 0; ; tries += 1) {
      const mark = await markOf(journal);
      const through = mark?.value.frame ?? 0;
      if (toFrame <= through) return;
      const outcome = await attempt(judgement, mark).catch(async (error: unknown) => {
        await forget(judgement);
        throw error;
      });
      if (outcome.ok) {
        reportLosses(judgement, through + 1 - fromFrame);
        return;
      }
      if (tries >= MOST_ATTEMPTS)
        throw new Error(`judgement ${journal}/${fromFrame} cannot be applied: ${outcome.reason}`);
      await forget(judgement);
    }
  }

  /** Somebody triaged meanwhile, or nobody knows what was written: what the judgement touches is read again. */
  async function forget({ effects, journal }: Judgement): Promise<void> {
    for (const { alert, groupKey } of effects) {
      held.delete(alert);
      held.delete(groups.find(groupKey) ?? '');
    }
    marks.delete(journal);
    await ledger.load();
  }

  function reportLosses(judgement: Judgement, overlap: number): void {
    if (overlap < 0)
      bus.emit('loss.counted', {
        reason: 'judgement_missing',
        count: -overlap,
        of: 'records',
        detail: `${judgement.journal}: no judgement of the ${-overlap} frames before ${judgement.fromFrame}`,
      });
    for (const counts of judgement.rules) {
      const difference = conservation(counts);
      if (difference !== 0)
        bus.emit('loss.counted', {
          reason: 'match_unaccounted',
          count: Math.abs(difference),
          of: 'records',
          detail: `${counts.rule}@${counts.version} in ${judgement.id}`,
        });
    }
  }

  function apply(judgement: Judgement): Promise<void> {
    const mine = turn.then(() => applyNow(judgement));
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    groups,
    ledger,
    apply,
    async catchUp(journal) {
      for (;;) {
        const through = (await markOf(journal))?.value.frame ?? 0;
        const page = await records.search(scope, 'judgements', {
          query: and(equals('journal', journal), {
            kind: 'compare',
            path: 'toFrame',
            op: 'gt',
            value: through,
          }),
          sort: { path: 'fromFrame', order: 'asc' },
          limit: 100,
        });
        for (const { value } of page.items) await apply(value);
        if (page.items.length === 0) return through;
      }
    },
  };
}

function markAt({ journal, toFrame }: Judgement): ProjectionMark {
  return {
    id: `alerts/${journal}`,
    unit: ROOT_UNIT,
    realm: LIVE,
    classification: 1,
    journal,
    frame: toFrame,
  };
}
