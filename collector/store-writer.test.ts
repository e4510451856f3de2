/** The store writer over a real journal: order, grouping, retries, gaps. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventBus, type EventMap } from '#kernel/bus.js';
import { fault, FaultError } from '#kernel/errors.js';
import type { Frame } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import { createMemoryEventStore } from '#store/memory/event-store.js';
import { HEADER_BYTES } from './journal/format.js';
import type { FileJournal } from './journal/journal.js';
import { accept, journalBench, newEvent, type Bench } from './journal/journal.fixture.js';
import { startStoreWriter, type StoreWriter, type StoreWriterOptions } from './store-writer.js';

let bench: Bench;
let writers: StoreWriter[];
let heard: { stored: number[]; losses: EventMap['loss.counted'][]; states: string[] };
beforeEach(async () => {
  bench = await journalBench();
  writers = [];
  heard = { stored: [], losses: [], states: [] };
});
afterEach(async () => {
  for (const writer of writers) await writer.close();
  await bench.remove();
});

/** A memory store that notes what it was given, and fails while `failing` says so. */
function recordingStore(): EventStore & { batches: number[][]; failing: FaultError[] } {
  const store = createMemoryEventStore();
  const batches: number[][] = [];
  const failing: FaultError[] = [];
  return {
    ...store,
    batches,
    failing,
    async append(frames: readonly Frame[]) {
      const error = failing.shift();
      // A prefix may have been kept.
      if (error) {
        await store.append(frames.slice(0, 1));
        throw error;
      }
      batches.push(frames.map((frame) => frame.number));
      await store.append(frames);
    },
  };
}

async function start(
  journal: FileJournal,
  store: EventStore,
  options: Partial<StoreWriterOptions> = {},
): Promise<StoreWriter> {
  const bus = createEventBus((error) => {
    throw error;
  });
  bus.on('frame.stored', ({ frame }) => heard.stored.push(frame));
  bus.on('loss.counted', (loss) => heard.losses.push(loss));
  bus.on('platform.reported', ({ state }) => heard.states.push(state));
  const writer = await startStoreWriter({
    journal,
    store,
    clock: bench.clock,
    bus,
    // Long enough for every frame in memory to come first.
    wait: () => new Promise((resolve) => setImmediate(resolve)),
    ...options,
  });
  writers.push(writer);
  return writer;
}

async function eventCount(store: EventStore): Promise<number> {
  return (await store.days()).reduce((sum, day) => sum + day.events, 0);
}

describe('startStoreWriter', () => {
  it('groups what it is behind by, up to the bound, and goes on where the store left off', async () => {
    const journal = await bench.open();
    for (let n = 1; n <= 10; n++) await accept(journal, newEvent('a'), newEvent('b'));
    const store = recordingStore();
    const frame = await journal.read(1);
    await store.append(frame ? [frame] : []);
    store.batches.length = 0;
    const writer = await start(journal, store, { batchEvents: 8 });
    await expect.poll(() => writer.state().storedThrough).toBe(10);
    expect(store.batches).toEqual([[2, 3, 4, 5], [6, 7, 8, 9], [10]]);
    expect(heard.stored).toEqual([5, 9, 10]);
    expect(await eventCount(store)).toBe(20);
    expect(writer.state()).toEqual({ storedThrough: 10, lagFrames: 0 });
  });

  it('bounds what few but long events weigh', async () => {
    const journal = await bench.open();
    for (let n = 1; n <= 6; n++) await accept(journal, newEvent('long'));
    const appended: number[] = [];
    const staging = {
      stage: (frame: Frame) => ({ ...frame, events: frame.events.length, bytes: 1_000 }),
      append: async (frames: readonly unknown[]) => void appended.push(frames.length),
    };
    const writer = await start(journal, { ...createMemoryEventStore(), staging }, { batchBytes: 2_000 });
    await expect.poll(() => writer.state().storedThrough).toBe(6);
    expect(Math.max(...appended)).toBeLessThanOrEqual(2);
  });

  it('stores the first frame after a rest at once, and gathers those that follow it', async () => {
    const journal = await bench.open();
    const store = recordingStore();
    let asked = 0;
    let over = (): void => undefined;
    const wait = (ms: number, signal: AbortSignal): Promise<void> => {
      asked = ms;
      return new Promise((resolve) => {
        over = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    };
    await start(journal, store, { wait });
    await accept(journal, newEvent('a'));
    await expect.poll(() => store.batches).toEqual([[1]]);
    bench.clock.ms += 100;
    await accept(journal, newEvent('b'));
    await expect.poll(() => asked).toBe(400);
    await accept(journal, newEvent('c'));
    expect(store.batches).toEqual([[1]]);
    over();
    await expect.poll(() => store.batches.flat()).toEqual([1, 2, 3]);
  });

  it('stages frames as they come, also while the batch before is on its way', async () => {
    const journal = await bench.open();
    const memory = createMemoryEventStore();
    const staged = new Map<number, Frame>();
    const batches: number[][] = [];
    let letThrough = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letThrough = resolve));
    const writer = await start(journal, {
      ...memory,
      append: () => Promise.reject(new Error('frames come staged')),
      staging: {
        stage(frame) {
          staged.set(frame.number, frame);
          return { ...frame, events: frame.events.length, bytes: 1 };
        },
        async append(frames) {
          const numbers = frames.map(({ number }) => number);
          batches.push(numbers);
          await gate;
          await memory.append(numbers.map((number) => staged.get(number) as Frame));
        },
      },
    });
    await accept(journal, newEvent('a'));
    await expect.poll(() => batches).toEqual([[1]]);
    await accept(journal, newEvent('b'));
    await accept(journal, newEvent('c'));
    await expect.poll(() => [...staged.keys()]).toEqual([1, 2, 3]);
    expect(batches).toEqual([[1]]);
    expect(writer.state().storedThrough).toBe(0);
    letThrough();
    await expect.poll(() => writer.state().storedThrough).toBe(3);
    expect(batches).toEqual([[1], [2, 3]]);
    expect(await eventCount(memory)).toBe(3);
  });

  it('asks again until the store works, in order and with nothing twice', async () => {
    const journal = await bench.open();
    const store = recordingStore();
    store.failing.push(
      new FaultError(fault('disk_full')),
      new FaultError(fault('disk_full')),
      new FaultError(fault('store_unavailable', { reason: 'gone' })),
    );
    const waits: number[] = [];
    const problems: unknown[] = [];
    const wait = (ms: number): Promise<void> => {
      waits.push(ms);
      problems.push(writers[0]?.state().problem?.code);
      return Promise.resolve();
    };
    for (let n = 1; n <= 3; n++) await accept(journal, newEvent(String(n)));
    const writer = await start(journal, store, { wait, gatherMs: 0, retryFirstMs: 100, retryMostMs: 300 });
    await expect.poll(() => writer.state().storedThrough).toBe(3);
    expect(waits).toEqual([100, 200, 300]);
    expect(problems).toEqual(['disk_full', 'disk_full', 'store_unavailable']);
    expect(await eventCount(store)).toBe(3);
    expect(heard.states).toEqual(['store_failing', 'store_working']);
    expect(writer.state().problem).toBeUndefined();
  });

  it('counts frames that cannot be read', async () => {
    const before = await bench.open();
    for (const text of ['a', 'b', 'c']) await accept(before, newEvent(text), newEvent(text));
    await before.close();
    const name = (await readdir(bench.folder)).find((file) => file.endsWith('.seg')) ?? '';
    const path = join(bench.folder, name);
    const bytes = await readFile(path);
    const second = HEADER_BYTES + bytes.readUInt32LE(36);
    bytes[second + HEADER_BYTES + 5] = 0;
    await writeFile(path, bytes);
    const store = recordingStore();
    const writer = await start(await bench.open(), store);
    await expect.poll(() => writer.state().storedThrough).toBe(3);
    expect(await eventCount(store)).toBe(4);
    expect(heard.losses).toMatchObject([{ reason: 'frame_unstored', count: 2, of: 'events' }]);
  });

  it('leaves in the journal what it has not stored when it is closed', async () => {
    const journal = await bench.open();
    const store = recordingStore();
    await accept(journal, newEvent('a'));
    store.failing.push(...Array.from({ length: 100 }, () => new FaultError(fault('disk_full'))));
    const writer = await start(journal, store, {
      wait: (_ms, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    });
    await expect.poll(() => writer.state().problem?.code).toBe('disk_full');
    await writer.close();
    expect(writer.state().storedThrough).toBe(0);
    store.failing.length = 0;
    const next = await start(journal, store);
    await expect.poll(() => next.state().storedThrough).toBe(1);
  });
});
