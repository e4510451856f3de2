/** Opens both embedded stores under one home, and holds the home's lock for as long as they are open. */
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { backupEmbedded, EVENTS_FOLDER, RECORDS_FOLDER, type BackupManifest } from './backup.js';
import { openEmbeddedEventStore } from './event-store.js';
import { lockHome, type HomeLock } from './home-lock.js';
import { openEmbeddedRecordStore } from './record-store.js';

export {
  backupEmbedded,
  restoreEmbedded,
  verifyBackup,
  writeManifest,
  type BackupManifest,
} from './backup.js';
export { lockHome, type HomeLock } from './home-lock.js';

/** What the stores tell of themselves; a pino logger fits. */
export interface StoreLog {
  info(data: object, message: string): void;
}

export interface EmbeddedStoresOptions {
  /** `$FENGHUO_HOME`; made if absent. */
  readonly home: string;
  readonly clock: Clock;
  readonly log?: StoreLog;
  /** A lock of the home that the caller holds already; without it one is taken, and released by `close`. */
  readonly lock?: HomeLock;
}

export interface EmbeddedStores {
  readonly events: EventStore;
  readonly records: RecordStore;
  /** Copies both into an empty folder, with a manifest, while they run. */
  backup(folder: string): Promise<BackupManifest>;
  /** Closes both, then gives the lock back. */
  close(): Promise<void>;
}

/** Throws `home_locked`, `schema_too_new`, `disk_full` or `store_unavailable` (FaultError). */
export async function openEmbeddedStores(options: EmbeddedStoresOptions): Promise<EmbeddedStores> {
  const { home, clock, log } = options;
  const lock = options.lock ?? lockHome(home);
  const release = (): void => {
    if (!options.lock) lock.release();
  };
  const startedMs = clock.nowMs();
  let records: RecordStore | undefined;
  try {
    records = await openEmbeddedRecordStore({ folder: join(home, RECORDS_FOLDER) });
    const events = await openEmbeddedEventStore({ folder: join(home, EVENTS_FOLDER) });
    const stores = { events, records };
    log?.info({ home, days: (await events.days()).length, ms: clock.nowMs() - startedMs }, 'stores opened');
    return {
      ...stores,
      backup: (folder) => backupEmbedded(stores, folder, clock.nowMs()),
      async close() {
        await stores.events.close();
        await stores.records.close();
        release();
      },
    };
  } catch (error) {
    await records?.close();
    release();
    throw error;
  }
}
