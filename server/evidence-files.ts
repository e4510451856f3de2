/** Evidence in a folder of the home: `<two digits>/<digest>`, written beside and moved in when whole. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fault } from '#kernel/errors.js';
import type { EvidenceFiles } from '#kernel/ports/evidence-files.js';
import { fail, ok } from '#kernel/result.js';

const DIGEST = /^[0-9a-f]{64}$/;

export function evidenceFolder(folder: string): EvidenceFiles {
  const pathOf = (sha256: string): string | undefined =>
    DIGEST.test(sha256) ? join(folder, sha256.slice(0, 2), sha256) : undefined;

  return {
    async keep(content, mostBytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const beside = join(folder, `${randomUUID()}.part`);
      const handle = await open(beside, 'wx', 0o600);
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        for await (const chunk of content as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          if (bytes > mostBytes) return fail(fault('too_large', { limit: mostBytes }));
          hash.update(chunk);
          await handle.write(chunk);
        }
        await handle.sync();
        const sha256 = hash.digest('hex');
        const target = pathOf(sha256) as string;
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await rename(beside, target);
        const parent = await open(dirname(target));
        await parent.sync().finally(() => parent.close());
        return ok({ sha256, bytes });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return fail(fault('disk_full'));
        throw error;
      } finally {
        await handle.close();
        await rm(beside, { force: true });
      }
    },
    async open(sha256): Promise<Readable | undefined> {
      const path = pathOf(sha256);
      return path !== undefined && existsSync(path) ? createReadStream(path) : undefined;
    },
    async has(sha256) {
      const path = pathOf(sha256);
      return path !== undefined && existsSync(path);
    },
    async remove(sha256) {
      const path = pathOf(sha256);
      if (path !== undefined) await rm(path, { force: true });
    },
  };
}
