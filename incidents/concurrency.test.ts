import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventBus } from '#kernel/bus.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { MatchedEvent } from '#kernel/schema/alert.js';
import type { AlertEffect, Judgement } from '#kernel/schema/judgement.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import { createIdentifiers, openAuditLog, verifyEntries } from '#test/trust.js';
import { isOpen } from './lifecycle.js';
import { openProjection } from './projection/projection.js';
import { createTriage } from './triage.js';

const scope = testScope({ realm: '*' });
const GROUPS = ['a', 'b', 'c'];
const COUNTS = { suppressed: 0, excepted: 0, deferred: 0, signalled: 0, errors: 0 };

/** A store that answers after so many turns of the event loop as the row says. */
function slowed(records: RecordStore, turns: readonly number[]): RecordStore {
  let at = 0;
  const wait = async () => {
    for (let n = turns[at++ % turns.length] ?? 0; n > 0; n -= 1) await setImmediate();
  };
  return {
    ...records,
    async get(...args) {
      await wait();
      return records.get(...args);
    },
    async write(...args) {
      await wait();
      const outcome = await records.write(...args);
      await wait();
      return outcome;
    },
  };
}

function effectOf(groupKey: string, frame: number, open: string | undefined): AlertEffect {
  const timeMs = frame * 1000;
  const event = { id: `evt_${frame}`, seq: frame, timeMs, ingestedMs: timeMs, source: 's', fields: {} };
  const place = { unit: '/', realm: 'live', classification: 1 as const };
  const matched: MatchedEvent = { event: { ...event, ...place }, matched: [] };
  return {
    ...{ ...place, kind: open === undefined ? 'create' : 'merge', alert: open ?? `alr_${frame}`, groupKey },
    rule: { id: 'r1', version: 'v1', title: 'T', tags: [] },
    ...{ severity: 'high', entity: { kind: 'none', value: '' }, outcome: 'unknown', count: 1, latenessMs: 0 },
    ...{ firstEventMs: timeMs, lastEventMs: timeMs, first: matched, last: matched, samples: [] },
  };
}

describe('judgements and people at the same time', () => {
  it('loses no match, and every open alert stands for its group', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...GROUPS), { minLength: 5, maxLength: 40 }),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        async (matches, turns, closes) => {
          const records = slowed(createMemoryRecordStore(), turns);
          const clock = { nowMs: () => Date.UTC(2026, 0, 1) };
          const bus = createEventBus((error) => {
            throw error;
          });
          const audit = await openAuditLog({ records, clock, node: 'n1' });
          const { groups, ledger, apply } = await openProjection({ records, scope, bus });
          const triage = createTriage({ records, audit, clock, ids: createIdentifiers(clock), bus, groups });
          const by = { scope, actor: { kind: 'user', id: 'usr_1', name: 'lin' } } as const;
          let judging = true;

          async function people(): Promise<void> {
            for (let i = 0; judging; i += 1) {
              await setImmediate();
              const id = groups.find(GROUPS[i % GROUPS.length] as string);
              const found = id === undefined ? undefined : await records.get(scope, 'alerts', id);
              if (!found || !closes[i % closes.length]) continue;
              const change = { status: 'closed', disposition: 'legitimate', conclusion: 'known' } as const;
              await triage.patch(by, found.value.id, found.version, change);
            }
          }
          async function engine(): Promise<void> {
            const applying: Promise<void>[] = [];
            for (const [i, groupKey] of matches.entries()) {
              const frame = i + 1;
              const effect = effectOf(groupKey, frame, groups.find(groupKey));
              const created = effect.kind === 'create' ? 1 : 0;
              const judgement: Judgement = {
                ...{
                  id: `j/${frame}`,
                  unit: '/',
                  realm: 'live',
                  classification: 1,
                  journal: 'j',
                  ruleSet: 's',
                },
                ...{ fromFrame: frame, toFrame: frame, firstSeq: frame, lastSeq: frame, events: 1 },
                judgedAt: new Date(Date.UTC(2026, 0, 1) + frame).toISOString(),
                rules: [{ rule: 'r1', version: 'v1', matches: 1, created, merged: 1 - created, ...COUNTS }],
                effects: [effect],
              };
              // The engine runs ahead of the projection by a few frames.
              applying.push(apply(judgement));
              if (i % 3 === 2) await Promise.all(applying);
            }
            await Promise.all(applying);
            judging = false;
          }
          await Promise.all([engine(), people()]);

          const alerts = (await records.search(scope, 'alerts', { query: ALL, limit: 1000 })).items;
          expect(alerts.reduce((sum, { value }) => sum + value.count, 0)).toBe(matches.length);
          expect(ledger.totals()).toMatchObject({ matches: matches.length, unaccounted: 0 });
          for (const key of GROUPS) {
            const open = alerts.filter(({ value }) => value.groupKey === key && isOpen(value.status));
            expect(open.map(({ value }) => value.id)).toEqual(
              [groups.find(key)].filter((id) => id !== undefined),
            );
          }
          for (const { value } of alerts)
            expect(value.status === 'closed').toBe(value.conclusion !== undefined);
          const entries = await records.search(scope, 'audit', {
            query: ALL,
            limit: 1000,
            sort: { path: 'index', order: 'asc' },
          });
          expect(
            verifyEntries(
              entries.items.map(({ value }) => value),
              { from: 0 },
            ).problems,
          ).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
