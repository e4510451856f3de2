import { describe, expect, it } from 'vitest';
import { createEventBus, type Loss } from '#kernel/bus.js';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import { createMemoryEventStore } from '#store/memory/event-store.js';
import { enforceRetention, type RetentionOptions } from './retention.js';
import { meanOfWholeDays } from './routes/storage.js';
import { createFakeClock } from './testing/fake-clock.js';

const DAY_MS = 86_400_000;
const TOTAL = 1000;

/** Days before today that hold one event each; every dropped day frees 100 bytes. */
async function setUp(
  daysAgo: readonly number[],
  freeBytes: number,
  floor: RetentionOptions['config']['diskFloor'],
) {
  const clock = createFakeClock();
  const events = createMemoryEventStore();
  for (const [i, ago] of [...daysAgo].sort((a, b) => b - a).entries()) {
    const ingestedMs = clock.nowMs() - ago * DAY_MS;
    const place = { unit: '/', realm: 'live', classification: 1 as const };
    const event = {
      id: `evt_${i}`,
      seq: i + 1,
      timeMs: ingestedMs,
      ingestedMs,
      ...place,
      source: 's',
      fields: { a: 'b' },
    };
    await events.append([{ journal: 'j', number: i + 1, ingestedMs, firstSeq: i + 1, events: [event] }]);
  }
  const had = (await events.days()).length;
  const notes: AuditNote[] = [];
  const losses: Loss[] = [];
  const reports: string[] = [];
  const bus = createEventBus(() => undefined);
  bus.on('loss.counted', (loss) => losses.push(loss));
  bus.on('platform.reported', ({ state }) => reports.push(state));
  const options: RetentionOptions = {
    ...{ events, clock, bus, config: { retentionDays: 180, diskFloor: floor } },
    audit: {
      note: async (note) => void notes.push(note),
      write: async () => {
        throw new Error('retention changes no record');
      },
    },
    disk: async () => ({
      freeBytes: freeBytes + 100 * (had - (await events.days()).length),
      totalBytes: TOTAL,
    }),
  };
  const left = async () => (await events.days()).length;
  return { options, notes, losses, reports, left };
}

describe('retention', () => {
  it('drops days past their time, audited, and no loss', async () => {
    const { options, notes, losses, left } = await setUp([0, 179, 180, 181, 400], 900, { bytes: 10 });
    const run = await enforceRetention(options);
    expect(run.expired).toHaveLength(2);
    expect(await left()).toBe(3);
    expect(notes.map(({ action }) => action)).toEqual(['events.expired', 'events.expired']);
    expect(losses).toEqual([]);
  });

  it('drops the oldest days early when the disk is low: counted, told and audited', async () => {
    const { options, notes, losses, reports, left } = await setUp([0, 1, 2, 3], 50, { share: 0.2 });
    const run = await enforceRetention(options);
    expect(run.forced.map(({ day }) => day)).toEqual(['2026-11-19', '2026-11-20']);
    expect(await left()).toBe(2);
    expect(losses).toMatchObject([
      { reason: 'retention_forced', count: 1, of: 'events' },
      { reason: 'retention_forced', count: 1, of: 'events' },
    ]);
    expect(reports).toEqual(['disk_low', 'disk_low']);
    expect(notes.map(({ action }) => action)).toEqual(['events.dropped_early', 'events.dropped_early']);
  });

  it('never drops the current day; says once that the disk stays low', async () => {
    const { options, reports, left } = await setUp([0], 5, { bytes: 500 });
    expect((await enforceRetention(options)).low).toBe(true);
    expect((await enforceRetention(options, true)).low).toBe(true);
    expect(await left()).toBe(1);
    expect(reports).toEqual(['disk_low']);
  });
});

describe('bytes a day', () => {
  const day = (bytes: number) => ({ day: '', events: 1, bytes, minTimeMs: 0, maxTimeMs: 0 });
  const cases: [string, number[], number][] = [
    ['none', [], 0],
    ['today alone', [70], 70],
    ['whole days, without today', [100, 200, 1], 150],
    ['the last seven of them', [9999, 10, 10, 10, 10, 10, 10, 10, 5], 10],
  ];
  it.each(cases)('%s', (_name, bytes, expected) => expect(meanOfWholeDays(bytes.map(day))).toBe(expected));
});
