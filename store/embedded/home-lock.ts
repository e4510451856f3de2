/** The lock of a home: an SQLite file held in an exclusive transaction, so that it dies with its process. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { FaultError, fault } from '#kernel/errors.js';
import { openSqlite, type Database } from './sqlite.js';

export interface HomeLock {
  release(): void;
}

/** Kept reachable: a collected database would close itself and let go of the lock. */
const held = new Set<Database>();

/**
 * Locks the home for this process; makes the folder if absent. Throws `home_locked` (with the owner's `pid` in its
 * data, where it is known) while another holder, in this or another process, lives; `config_invalid` where the folder
 * cannot be made or is none.
 */
export function lockHome(home: string): HomeLock {
  makeHome(home);
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

/** Step by step: Node's own recursive way never returns below `/proc`. */
function makeHome(home: string): void {
  const missing: string[] = [];
  for (let folder = home; !existsSync(folder) && dirname(folder) !== folder; folder = dirname(folder))
    missing.unshift(folder);
  try {
    for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
    if (!statSync(home).isDirectory()) throw new Error(`${home} is no folder`);
    accessSync(home, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const how = 'name a folder that this user may make and write';
    throw new FaultError(fault('config_invalid', { name: 'FENGHUO_HOME', reason, how }), { cause: error });
  }
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
