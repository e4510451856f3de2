/** A disk that is really full: a small tmpfs, where this machine lets us mount one. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { FaultError } from '#kernel/errors.js';
import type { Frame } from '#kernel/event.js';
import { ALL } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { skipUnless } from '#test/skip.js';
import { frameMaker, NOON } from '../contract/frames.js';
import { alert } from '../contract/records.js';
import { openEmbeddedStores } from './open.js';

const all = testScope({ realm: '*' });
const folder = mkdtempSync(join(tmpdir(), 'fenghuo-full-'));
const mounted = mount();
const disk = skipUnless(mounted, 'a tmpfs cannot be mounted here (needs root)');

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (mounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error as FaultError).fault.code,
  );

// Small: the log cannot grow. Large: the log fits, folding it into the file does not.
for (const [title, room] of [
  ['before the first checkpoint', 15],
  ['in a checkpoint', 145],
] as const)
  disk.it(
    `answers disk_full, keeps what was acknowledged and resumes: ${title}`,
    async () => {
      const home = join(folder, `home-${room}`);
      const clock = { nowMs: () => NOON };
      const stores = await openEmbeddedStores({ home, clock });
      const ballast = join(folder, 'ballast');
      writeFileSync(ballast, Buffer.alloc((256 - room) << 20));
      const frame = frameMaker();
      let failed: Frame | undefined;
      let kept = 0;
      while (!failed) {
        const events = Array.from({ length: 500 }, () => ({
          fields: { message: randomBytes(600).toString('hex') },
        }));
        const next = frame(events);
        const code = await codeOf(stores.events.append([next]));
        if (code === 'none') kept = next.number;
        else {
          expect(code).toBe('disk_full');
          failed = next;
        }
      }
      const title = randomBytes(50_000).toString('hex');
      let written = 0;
      let code = 'none';
      while (code === 'none') {
        const value = alert({ id: `alr_${written + 1}`, title });
        code = await codeOf(stores.records.write(all, [{ kind: 'create', collection: 'alerts', value }]));
        if (code === 'none') written++;
      }
      expect(code).toBe('disk_full');
      expect((await stores.records.search(all, 'alerts', { query: ALL, limit: 1 })).total).toBe(written);

      rmSync(ballast);
      const count = async (): Promise<number> => {
        const range = { fromMs: NOON, toMs: NOON + 1, stepMs: 1 };
        return (await stores.events.histogram(all, { query: ALL, ...range }))[0]?.count ?? 0;
      };
      await stores.events.append([failed]);
      expect(await count()).toBe((kept + 1) * 500);
      const value = alert({ id: 'alr_last' });
      const outcome = await stores.records.write(all, [{ kind: 'create', collection: 'alerts', value }]);
      expect(outcome.ok).toBe(true);
      await stores.close();

      const again = await openEmbeddedStores({ home, clock });
      expect(await again.events.highWater('jrn_a')).toBe(kept + 1);
      expect((await again.events.days())[0]?.events).toBe((kept + 1) * 500);
      await again.close();
      rmSync(home, { recursive: true });
    },
    120_000,
  );
