/** A disk that is really full: appends are refused, nothing accepted is lost, and it goes on when there is room. */
import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { skipUnless } from '#test/skip.js';
import { framesOf, journalBench, messagesOf, newEvent, type Bench } from './journal.fixture.js';

const root = process.getuid?.() === 0;
const mountable = root && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const small = skipUnless(
  mountable,
  root ? 'this machine lets nobody mount a tmpfs' : 'mounting a small disk needs root',
);

small.describe('a full disk', () => {
  let bench: Bench;
  let folder: string;
  beforeAll(async () => {
    bench = await journalBench();
    folder = join(bench.folder, 'small');
    await mkdir(folder);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    expect(mounted.stderr.toString()).toBe('');
  });
  afterAll(async () => {
    await bench.remove().catch(() => undefined);
    spawnSync('umount', [folder]);
    await rm(bench.folder, { recursive: true, force: true });
  });

  small.it('refuses with disk_full, keeps what it accepted, and takes events again', async () => {
    const journal = await bench.open({ folder, segmentBytes: 1_000_000 });
    const filler = join(folder, 'filler');
    await writeFile(filler, Buffer.alloc(1_000_000));
    const accepted: string[] = [];
    const refused: string[] = [];
    const send = async (n: number): Promise<void> => {
      const text = `${n} ${'x'.repeat(20_000)}`;
      const answer = await journal.append([newEvent(text, `id-${n}`)]);
      if (answer.ok) accepted.push(text);
      else refused.push(answer.fault.code);
    };
    let n = 0;
    // Several at a time, so that groups are refused as well.
    while (refused.length < 20) await Promise.all([send(n++), send(n++), send(n++)]);
    expect(new Set(refused)).toEqual(new Set(['disk_full']));
    expect(accepted.length).toBeGreaterThan(100);

    await rm(filler);
    const before = accepted.length;
    // The same identifiers as those refused: they were not kept, so they are no duplicates.
    for (let again = n - 10; again < n; again++) {
      const text = `again ${again}`;
      const answer = await journal.append([newEvent(text, `id-${again}`)]);
      expect(answer).toMatchObject({ ok: true, value: [{ duplicate: false }] });
      accepted.push(text);
    }
    expect(accepted.length).toBe(before + 10);
    expect(bench.reports.map((report) => report.state)).toEqual(['journal_unwritable', 'journal_writable']);
    const live = await framesOf(journal);
    await journal.close();

    const reopened = await bench.open({ folder, segmentBytes: 1_000_000 });
    expect(bench.reports).toHaveLength(2);
    const frames = await framesOf(reopened);
    expect(messagesOf(frames).sort()).toEqual(accepted.sort());
    expect(frames).toEqual(live);
    await reopened.close();
  });
});
