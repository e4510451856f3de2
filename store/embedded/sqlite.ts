/** SQLite by the interface of `node:sqlite`, in one place, so that Node's own can take over one day. */
import { DatabaseSync } from '@photostructure/sqlite';

export type Database = InstanceType<typeof DatabaseSync>;
export type Statement = ReturnType<Database['prepare']>;

/** Opens or makes a database file. `timeoutMs` is how long to wait for another holder of its lock. */
export function openSqlite(file: string, timeoutMs = 5000): Database {
  return new DatabaseSync(file, { timeout: timeoutMs });
}
