/** The fault that matters most: the process dies at any moment of an append. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ALL } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { openEmbeddedStores } from './open.js';

const ROUNDS = 6;
const checkout = join(import.meta.dirname, '../..');
const all = testScope({ realm: '*' });
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fenghuo-kill-'));
});
afterEach(() => rm(home, { recursive: true }));

/** Lets the child append until it has acknowledged `enough` frames of this life, then kills it. */
async function live(enough: number): Promise<{ frame: number; record: number }> {
  const child = spawn(
    process.execPath,
    ['--conditions=fenghuo', '--import', 'tsx', join(import.meta.dirname, 'kill.fixture.ts'), home],
    { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const acknowledged = { frame: 0, record: 0 };
  let seen = 0;
  let rest = '';
  for await (const chunk of child.stdout) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [kind, number] = line.split(' ');
      if (kind === 'frame') acknowledged.frame = Number(number);
      if (kind === 'record') acknowledged.record = Number(number);
      if (kind === 'frame' && ++seen === enough) child.kill('SIGKILL');
    }
  }
  await ended;
  return acknowledged;
}

it('loses and doubles no acknowledged frame or record over kills with -9', async () => {
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await live(round * 4);
    const stores = await openEmbeddedStores({ home, clock: { nowMs: () => 0 } });
    const frame = await stores.events.highWater('jrn_a');
    expect(frame).toBeGreaterThanOrEqual(acknowledged.frame);
    const terms = await stores.events.histogram(all, {
      query: ALL,
      fromMs: 0,
      toMs: frame + 1,
      stepMs: Math.ceil((frame + 1) / 1000),
    });
    expect(terms.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(frame * 50);
    // Each frame's events carry its number as their time: none is missing, none is there twice.
    for (const number of [1, Math.ceil(frame / 2), frame]) {
      const page = await stores.events.search(all, { query: ALL, fromMs: number, toMs: number + 1 });
      expect(page.total).toBe(50);
      expect(new Set(page.items.map((event) => event.id)).size).toBe(50);
    }
    const { total } = await stores.records.search(all, 'alerts', { query: ALL });
    expect(total).toBeGreaterThanOrEqual(acknowledged.record);
    expect(total).toBeLessThanOrEqual(acknowledged.record + 1);
    await stores.close();
  }
}, 120_000);
