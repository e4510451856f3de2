/** Damage: the tail is cut and set aside, the middle is passed over and told. */
import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HEADER_BYTES } from './format.js';
import { accept, framesOf, journalBench, messagesOf, newEvent, type Bench } from './journal.fixture.js';
import type { Recovered } from './recovery.js';

let bench: Bench;
beforeEach(async () => {
  bench = await journalBench();
});
afterEach(() => bench.remove());

/** Three frames; returns the segment's path and where each frame begins. */
async function threeFrames(): Promise<{ path: string; starts: number[]; size: number }> {
  const journal = await bench.open();
  const starts: number[] = [];
  for (const text of ['a', 'b', 'c']) {
    starts.push(journal.state().bytes);
    await accept(journal, newEvent(text, `id-${text}`));
  }
  const size = journal.state().bytes;
  await journal.close();
  const name = (await readdir(bench.folder)).find((file) => file.endsWith('.seg')) ?? '';
  return { path: join(bench.folder, name), starts, size };
}

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] as number) ^ 0x10;
  await writeFile(path, bytes);
}

type Third = { path: string; starts: number[]; size: number };
const start = (frames: Third): number => frames.starts[2] as number;

const TAILS: Record<string, { damage: (frames: Third) => Promise<void>; left: string[]; next: number }> = {
  'a payload that ends early': {
    damage: (frames) => truncate(frames.path, frames.size - 5),
    left: ['a', 'b'],
    next: 3,
  },
  'a header that ends early': {
    damage: (frames) => truncate(frames.path, start(frames) + HEADER_BYTES - 1),
    left: ['a', 'b'],
    next: 3,
  },
  'garbage behind the last frame': {
    damage: (frames) => appendFile(frames.path, 'FHJF and then nothing of ours'),
    left: ['a', 'b', 'c'],
    next: 4,
  },
  'zeros behind the last frame': {
    damage: (frames) => appendFile(frames.path, Buffer.alloc(3_000_000)),
    left: ['a', 'b', 'c'],
    next: 4,
  },
  // The frame is all there and may have been accepted: its number is not used again.
  'a flipped bit in the last payload': {
    damage: (frames) => flip(frames.path, start(frames) + HEADER_BYTES + 20),
    left: ['a', 'b'],
    next: 4,
  },
  'a flipped bit in the last header': {
    damage: (frames) => flip(frames.path, start(frames) + 9),
    left: ['a', 'b'],
    next: 3,
  },
};

describe('a damaged tail', () => {
  for (const [name, { damage, left, next }] of Object.entries(TAILS)) {
    it(`${name}: everything up to the last whole frame is there, and appending goes on`, async () => {
      const frames = await threeFrames();
      await damage(frames);
      const damaged = (await readFile(frames.path)).subarray(left.length === 3 ? frames.size : start(frames));
      const told: Recovered[] = [];
      const journal = await bench.open({ onRecovered: (recovered) => told.push(recovered) });
      expect(messagesOf(await framesOf(journal))).toEqual(left);
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ bytes: damaged.length });
      expect(damaged.equals(await readFile(told[0]?.file ?? ''))).toBe(true);
      expect(bench.reports.map((report) => report.state)).toEqual(['journal_recovered']);
      // A lost event can be sent again; one that is there cannot.
      const answers = await accept(journal, newEvent('b', 'id-b'), newEvent('c', 'id-c'));
      expect(answers.map((answer) => answer.duplicate)).toEqual([true, left.length === 3]);
      await accept(journal, newEvent('d'));
      await journal.close();
      const again = await bench.open({ onRecovered: (recovered) => told.push(recovered) });
      expect(told).toHaveLength(1);
      expect(messagesOf(await framesOf(again))).toEqual([...left, ...(left.length === 3 ? [] : ['c']), 'd']);
      expect((await framesOf(again))[left.length]?.number).toBe(next);
    });
  }

  it('finds nothing to recover after a clean end', async () => {
    await threeFrames();
    await bench.open();
    expect(bench.reports).toEqual([]);
  });
});

describe('damage in the middle', () => {
  for (const [name, at] of [
    ['payload', HEADER_BYTES + 20],
    ['header', 9],
    ['length', 37],
  ] as const) {
    it(`in a ${name}: the frames around it are read, and it is told once`, async () => {
      const frames = await threeFrames();
      await flip(frames.path, (frames.starts[1] as number) + at);
      const journal = await bench.open();
      expect(messagesOf(await framesOf(journal))).toEqual(['a', 'c']);
      expect(messagesOf(await framesOf(journal))).toEqual(['a', 'c']);
      expect(bench.reports.map((report) => report.state)).toEqual(['journal_damaged']);
      expect((await framesOf(journal)).map((frame) => [frame.number, frame.firstSeq])).toEqual([
        [1, 1],
        [3, 3],
      ]);
      expect(await journal.read(2)).toBeUndefined();
      expect((await stat(frames.path)).size).toBe(frames.size);
    });
  }
});
