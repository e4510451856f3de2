import { expect, it } from 'vitest';
import type { Event, Fields } from '#kernel/event.js';
import { createMemoryEventStore } from '#store/memory/event-store.js';
import { testScope } from '#test/scope.js';
import { healthOf, latenessOf } from './source-health.js';

const NOW = Date.parse('2026-11-22T10:20:00Z');
const HOUR = 3_600_000;

/** Events of `src_a`, each with its age in minutes and how many seconds later it was taken. */
async function storeOf(wishes: readonly (readonly [age: number, late: number, fields: Fields])[]) {
  const store = createMemoryEventStore();
  const events = wishes.map(([age, late, fields], index): Event => {
    const timeMs = NOW - age * 60_000;
    return {
      ...{ id: `evt_${index}`, seq: index + 1, timeMs, ingestedMs: timeMs + late * 1000, fields },
      ...{ unit: '/', realm: 'live', classification: 1, source: 'src_a' },
    };
  });
  const other = { ...(events[0] as Event), id: 'evt_other', source: 'src_b' };
  await store.append([
    { journal: 'jrn_a', number: 1, ingestedMs: NOW, firstSeq: 1, events: [...events, other] },
  ]);
  return store;
}

const line = (original: string): Fields => ({
  'event.kind': 'pipeline_error',
  'event.original': original,
  'error.message': 'unknown format',
});
const read: Fields = { message: 'fine' };

it('tells hours, lateness and shapes of one source alone', async () => {
  const store = await storeOf([
    [5, 2, read],
    [70, 4, line('port 7 up')],
    [71, -1, line('port 12 up')],
    [60 * 30, 9000, line('too old to be told')],
  ]);
  const health = await healthOf(store, testScope({}), 'src_a', { nowMs: NOW, text: true });
  expect(health.hours).toHaveLength(24);
  expect(health.hours.at(-1)).toEqual({ from: '2026-11-22T10:00:00.000Z', events: 1 });
  expect(health.hours.at(-2)).toEqual({ from: '2026-11-22T09:00:00.000Z', events: 2 });
  expect(health.lateness).toEqual({ events: 3, p50Ms: 2000, p95Ms: 4000, mostMs: 4000 });
  expect(health.unread).toEqual({
    events: 2,
    exact: true,
    grouped: 2,
    shapes: [
      {
        ...{ shape: 'port ‹n› up', events: 2, reason: 'unknown format', example: 'port 7 up' },
        lastAt: new Date(NOW - 70 * 60_000).toISOString(),
      },
    ],
  });
});

it('shows no log text to whom it is closed, and counts all the same', async () => {
  const store = await storeOf([[1, 0, line('secret 1')]]);
  const { unread } = await healthOf(store, testScope({}), 'src_a', { nowMs: NOW, text: false });
  expect(unread).toEqual({ events: 1, exact: true, grouped: 0, shapes: [] });
});

it('cuts what is long, and knows nothing of a source that sent nothing', async () => {
  const store = await storeOf([[1, 0, line('x'.repeat(10_000))]]);
  const { unread } = await healthOf(store, testScope({}), 'src_a', { nowMs: NOW, text: true });
  expect(unread.shapes[0]?.example).toHaveLength(500);
  const empty = await healthOf(store, testScope({}), 'src_none', { nowMs: NOW, text: true });
  expect(empty.lateness).toBeUndefined();
  expect(empty.hours.every(({ events }) => events === 0)).toBe(true);
});

it('ranks lateness, the sender’s clock ahead included', () => {
  const taken = (late: number) => ({ timeMs: NOW, ingestedMs: NOW + late });
  expect(latenessOf([])).toBeUndefined();
  expect(latenessOf([-50, 10, 20, 7 * HOUR].map(taken))).toEqual({
    ...{ events: 4, p50Ms: 10, p95Ms: 7 * HOUR, mostMs: 7 * HOUR },
  });
});
