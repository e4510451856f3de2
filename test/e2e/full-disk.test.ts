/** The running server on a disk that is really full: refused is told, accepted is kept, and it goes on by itself. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { setUp, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';
import { skipUnless } from '../skip.js';

const root = process.getuid?.() === 0;
const mountable = root && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const small = skipUnless(
  mountable,
  root ? 'this machine lets nobody mount a tmpfs' : 'mounting a small disk needs root',
);

small.describe('a server whose disk is full', () => {
  let disk: string;
  let server: RunningServer;
  let client: Client;

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'fenghuo-disk-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
    expect(mounted.stderr.toString()).toBe('');
    // The floor of retention is not what is tested here.
    server = await startServer({ home: join(disk, 'home'), env: { FENGHUO_DISK_FLOOR: '1' } });
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    spawnSync('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
  });

  small.it(
    'refuses ingest, and loses nothing of what it accepted',
    async () => {
      const accepted: string[] = [];
      let next = 0;
      /** Ten events of a sender with identifiers, who sends again what was refused. */
      const send = async (numbers: readonly string[]): Promise<number> => {
        const body = numbers
          .map(
            (id) =>
              `{"create":{"_index":"logs","_id":"${id}"}}\n{"message":"${id} ${'x'.repeat(20_000)}","host":{"name":"full"}}\n`,
          )
          .join('');
        const answer = await fetch(`${server.ingestUrl}/_bulk`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson' },
          body,
        });
        if (!answer.ok) return answer.status;
        const { items } = (await answer.json()) as { items: { create: { _id: string; status: number } }[] };
        for (const { create } of items)
          if (create.status < 300 || create.status === 409) accepted.push(create._id);
        return Math.max(...items.map(({ create }) => (create.status === 409 ? 200 : create.status)));
      };
      const batch = () => Array.from({ length: 10 }, () => `id-${next++}`);
      expect(await send(batch())).toBeLessThan(300);

      const filler = join(disk, 'filler');
      const { bavail, bsize } = await statfs(disk);
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - 1_000_000)));
      const refused = await until(async () => {
        const numbers = batch();
        const status = await send(numbers);
        return status >= 300 && { numbers, status };
      }, 'a refusal');
      expect([429, 503]).toContain(refused.status);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

      await rm(filler);
      await until(async () => (await send(refused.numbers)) < 300, 'ingest to go on');
      expect(await send(batch())).toBeLessThan(300);
      const unique = new Set(accepted);
      const found = await until(async () => {
        const page = await client.get<{ total: number; items: { fields: { message: string } }[] }>(
          '/events/search?q=host.name:full&limit=1000',
        );
        return page.total >= unique.size && page;
      }, 'everything that was accepted');
      expect(found.items.map(({ fields }) => fields.message.split(' ')[0]).sort()).toEqual(
        [...unique].sort(),
      );
      expect(server.process.exitCode).toBeNull();
    },
    120_000,
  );
});
