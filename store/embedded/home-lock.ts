/** The lock of a home: an SQLite file held in an exclusive transaction, so that it dies with its process. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { FaultError, fault } from '#kernel/errors.js';
import { openSqlite, type Database } from './sqlite.js';

export interface HomeLock {
  release(): void;
}

/** Kept reachable: a collected database would close itself and let go of the lock. */
const held = new Set<Database>();

/**
 * Locks the home for this process; makes the folder if absent. Throws `home_locked` (with the owner's `pid` in its
 * data, where it is known) while another holder, in this or another process, lives.
 */
export function lockHome(home: string): HomeLock {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const pidFile = join(home, 'lock.pid');
  const database = openSqlite(join(home, 'lock.db'), 0);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test(error instanceof Error ? error.message : '')) throw error;
    throw new FaultError(fault('home_locked', { home, ...ownerOf(pidFile) }), { cause: error });
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  held.add(database);
  return {
    release() {
      if (!held.delete(database)) return;
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

/** The number is for the message alone; the lock is the file's. */
function ownerOf(pidFile: string): { pid?: number } {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return Number.isInteger(pid) ? { pid } : {};
  } catch {
    return {};
  }
}
