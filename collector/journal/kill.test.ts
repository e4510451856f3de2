/** Killed with -9 while it appends, ten times: what was acknowledged is there exactly once, and a retry makes no copy. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accept, framesOf, journalBench, newEvent, type Bench } from './journal.fixture.js';

let bench: Bench;
beforeEach(async () => {
  bench = await journalBench();
});
afterEach(() => bench.remove());

interface Acknowledged {
  readonly n: number;
  readonly id: string;
}

/** Runs the child until it has acknowledged so many events, kills it, and gives all that it had said. */
async function runAndKill(first: number, count: number): Promise<Acknowledged[]> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=fenghuo',
      '--import',
      'tsx',
      join(import.meta.dirname, 'kill.fixture.ts'),
      bench.folder,
      String(first),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const told: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [n, id, duplicate] = line.split(' ');
    if (duplicate === undefined || id === undefined) continue;
    told.push({ n: Number(n), id });
    if (told.length === count) child.kill('SIGKILL');
  }
  return told;
}

it('loses and doubles nothing', async () => {
  const acknowledged: Acknowledged[] = [];
  let first = 0;
  for (let round = 0; round < 10; round++) {
    const told = await runAndKill(first, 300 + round * 173);
    acknowledged.push(...told);
    // From the end of what was told: the events that were under way are sent once more.
    first = Math.max(...told.map(({ n }) => n)) + 1;
  }
  const journal = await bench.open({ segmentBytes: 200_000, frameEvents: 50 });
  const frames = await framesOf(journal);
  const times = new Map<string, number>();
  const texts = new Map<string, number>();
  for (const frame of frames)
    for (const event of frame.events) {
      times.set(event.id, (times.get(event.id) ?? 0) + 1);
      const n = Number(String(event.fields['message']).split(' ')[1]);
      if (n % 2 === 0) texts.set(`sender-${n}`, (texts.get(`sender-${n}`) ?? 0) + 1);
    }
  expect(acknowledged.length).toBeGreaterThan(10_000);
  expect(acknowledged.filter(({ id }) => times.get(id) !== 1)).toEqual([]);
  expect([...times].filter(([, count]) => count !== 1)).toEqual([]);
  expect([...texts].filter(([, count]) => count !== 1)).toEqual([]);

  // Numbers without a gap: what was cut had never been finished.
  let seq = 1;
  for (const [index, frame] of frames.entries()) {
    expect(frame.number).toBe(index + 1);
    expect(frame.firstSeq).toBe(seq);
    seq += frame.events.length;
  }

  const identified = acknowledged.filter(({ n }) => n % 2 === 0);
  const answers = await accept(journal, ...identified.map(({ n }) => newEvent('retry', `sender-${n}`)));
  expect(answers.every((answer) => answer.duplicate)).toBe(true);
  expect(answers.map((answer) => answer.id)).toEqual(identified.map(({ id }) => id));
}, 120_000);
