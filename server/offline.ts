/** The command's operations where no server runs: the stores are opened under the home's lock, and closed again. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '#kernel/result.js';
import { openEmbeddedEventStore } from '#store/embedded/event-store.js';
import { lockHome } from '#store/embedded/home-lock.js';
import { openEmbeddedRecordStore } from '#store/embedded/record-store.js';
import { createIdentifiers } from '#trust/crypto/identifiers.js';
import { createIdentity } from '#trust/identity/identity.js';
import { DATA_FOLDERS, restoreBackup, takeBackup, type BackupSize } from './backup.js';
import type { Config } from './config.js';
import { createLog } from './log.js';
import { runOperation } from './operations.js';
import { layGround } from './wiring/ground.js';

/** Everything that the command makes in a home is the owner's alone. */
const ownersAlone = (): void => void process.umask(0o077);
const clock = { nowMs: () => Date.now() };

/** Throws `home_locked` where a server holds the home and its socket did not answer. */
export async function runOffline(config: Config, name: string, input: unknown): Promise<Result<unknown>> {
  ownersAlone();
  const lock = lockHome(config.home);
  try {
    const records = await openEmbeddedRecordStore({ folder: join(config.home, DATA_FOLDERS.records) });
    try {
      const events = await openEmbeddedEventStore({ folder: join(config.home, DATA_FOLDERS.events) });
      try {
        const ids = createIdentifiers(clock);
        const log = createLog('warn');
        const ground = await layGround({ config, clock, ids, log }, { records, events });
        const journal = join(config.home, DATA_FOLDERS.journal);
        const evidence = join(config.home, DATA_FOLDERS.evidence);
        await mkdir(journal, { recursive: true, mode: 0o700 });
        return await runOperation(
          {
            records,
            identity: createIdentity(ground),
            nowMs: () => clock.nowMs(),
            backup: (folder) =>
              takeBackup({ records, events, journal, evidence, nowMs: clock.nowMs() }, folder),
            status: async () => ({ running: false, home: config.home }),
          },
          name,
          input,
        );
      } finally {
        await events.close();
      }
    } finally {
      await records.close();
    }
  } finally {
    lock.release();
  }
}

/** The home must not be in use; see {@link restoreBackup}. */
export async function restoreHome(config: Config, folder: string): Promise<Result<BackupSize>> {
  ownersAlone();
  return restoreBackup(folder, config.home);
}
