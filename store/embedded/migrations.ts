/** Versions of the record database's schema: each step brings the one before it up. Never change a released step. */
import type { Database } from './sqlite.js';
import { FaultError, fault } from '#kernel/errors.js';

export interface Migration {
  readonly version: number;
  up(database: Database): void;
}

/**
 * A collection's table is made when the collection first appears (`record-tables.ts`); what can be derived from the
 * records is rebuilt there by itself. Steps here change what is stored.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    up: (database) =>
      database.exec('CREATE TABLE layout (collection TEXT PRIMARY KEY, paths TEXT NOT NULL) WITHOUT ROWID'),
  },
];

export const RECORD_SCHEMA = MIGRATIONS.at(-1)?.version ?? 0;

/** Brings the database to the newest (or the given) version, each step in a transaction. Throws `schema_too_new`. */
export function migrate(database: Database, home: string, through = RECORD_SCHEMA): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const found = row.user_version;
  if (found > RECORD_SCHEMA)
    throw new FaultError(fault('schema_too_new', { home, found, known: RECORD_SCHEMA }));
  for (const { version, up } of MIGRATIONS) {
    if (version <= found || version > through) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      up(database);
      database.exec(`PRAGMA user_version = ${version}`);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}
