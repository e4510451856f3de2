/** Journal, store writer, follower and projection together, over the real files: each event stored once and judged once, over restarts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openJournal } from '#collector/journal/journal.js';
import { startStoreWriter } from '#collector/store-writer.js';
import { startFollower } from '#detections/follower.js';
import { checkReceipts } from '#detections/receipts.js';
import type { RuleSet } from '#detections/types.js';
import { openProjection } from '#incidents/projection/projection.js';
import { createEventBus } from '#kernel/bus.js';
import type { Event, NewEvent } from '#kernel/event.js';
import { ALL } from '#kernel/query/ast.js';
import { createMemoryEventStore } from '#store/memory/event-store.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fenghuo-machinery-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const RULE = {
  ...{ id: 'failed', version: 'v1', level: 'high' as const, text: '' },
  reference: { id: 'failed', version: 'v1', title: 'Failed', tags: [] },
};
/** Every tenth event is a failure. */
const rules: RuleSet = {
  version: 'set-1',
  rules: [RULE],
  match: (event: Event) =>
    String(event.fields['message']).endsWith('0')
      ? [{ rule: RULE, matched: [{ path: 'message', value: String(event.fields['message']) }] }]
      : [],
};

const newEvent = (n: number): NewEvent => ({
  senderId: `sender-${n}`,
  ...{ timeMs: 1_768_478_400_000 + n, unit: '/', realm: 'live', classification: 1, source: 'src_1' },
  fields: { message: `event ${n}`, 'host.name': `host-${n % 3}` },
});

it('stores and judges each event once, over restarts and retries', async () => {
  const scope = testScope({ realm: '*' });
  const records = createMemoryRecordStore();
  const store = createMemoryEventStore();
  const clock = { nowMs: () => Date.now() };
  const losses: unknown[] = [];
  const total = 3000;
  for (let round = 0; round < 4; round++) {
    const bus = createEventBus((error) => {
      throw error;
    });
    bus.on('loss.counted', (loss) => losses.push(loss));
    const ids = { next: (prefix: string) => `${prefix}_00000000000000000000000001` };
    const readers = ['store', 'engine'];
    const journal = await openJournal({ folder, clock, ids, bus, readers, segmentBytes: 100_000 });
    const projection = await openProjection({ records, scope, bus });
    await projection.catchUp(journal.state().id);
    const writer = await startStoreWriter({ journal, store, clock, bus });
    const follower = await startFollower({
      ...{ journal, records, scope, rules, clock, bus, groups: projection.groups },
      onJudgement: projection.apply,
    });
    // Every round sends again what the round before had sent last.
    for (let from = Math.max(0, round * 750 - 100); from < (round + 1) * 750; from += 25) {
      const numbers = Array.from({ length: 25 }, (_, index) => from + index);
      const answer = await journal.append(numbers.map(newEvent));
      expect(answer.ok).toBe(true);
    }
    if (round === 3) {
      const { frame } = journal.state();
      await expect.poll(() => follower.state().judgedThrough, { timeout: 10_000 }).toBe(frame);
      await expect.poll(() => writer.state().storedThrough, { timeout: 10_000 }).toBe(frame);
      // What everybody has passed is gone from the disk.
      expect(journal.state().oldestFrame).toBeGreaterThan(1);
    }
    await follower.close();
    await writer.close();
    await journal.close();
  }

  expect(losses).toEqual([]);
  const days = await store.days();
  expect(days.reduce((sum, day) => sum + day.events, 0)).toBe(total);
  const judgements = (await allOf('judgements')).sort((a, b) => a.fromFrame - b.fromFrame);
  const check = checkReceipts(judgements);
  expect(check).toMatchObject({ unbroken: true, events: total, unread: [] });
  expect(judgements.flatMap(({ rules }) => rules).reduce((sum, { matches }) => sum + matches, 0)).toBe(
    total / 10,
  );
  const alerts = await allOf('alerts');
  expect(alerts).toHaveLength(3);
  expect(alerts.reduce((sum, { count }) => sum + count, 0)).toBe(total / 10);
  expect((await records.get(scope, 'ledger', 'failed@v1'))?.value).toMatchObject({
    ...{ matches: total / 10, created: 3, merged: total / 10 - 3 },
  });

  async function allOf<C extends 'judgements' | 'alerts'>(collection: C) {
    const found = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await records.search(scope, collection, {
        query: ALL,
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      found.push(...page.items.map(({ value }) => value));
      cursor = page.next;
    }
    return found;
  }
}, 60_000);
