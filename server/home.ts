/** The server's data folder: made, and held by one process at a time. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { FaultError, fault } from '#kernel/errors.js';

export interface HomeLock {
  release(): void;
}

/**
 * Makes the folder (0700) and takes its lock. The lock is an exclusive transaction on a small SQLite file: the kernel
 * gives it back when the process ends however it ends, so none is ever left behind. Throws `home_locked`.
 */
export function openHome(home: string): HomeLock {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FaultError(
      fault('config_invalid', {
        name: 'FENGHUO_HOME',
        reason: `\`${home}\` cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
        how: 'set it to a folder that the server may write',
      }),
      { cause: error },
    );
  }
  const lock = new DatabaseSync(join(home, 'home.lock'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new FaultError(fault('home_locked', { home }), { cause: error });
  }
  return {
    release() {
      lock.exec('ROLLBACK');
      lock.close();
    },
  };
}
