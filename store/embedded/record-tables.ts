/**
 * The tables of the record database. Each collection has one with its records as JSON and, before it, the flat values
 * of its queryable paths; a collection that is searched in SQL has a second with columns and indexes made of those.
 * What is derived is built anew when the collection's paths have changed.
 */
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import type { FieldValue, Scalar } from '#kernel/event.js';
import { fold } from '#kernel/query/fold.js';
import { flattenRecord, PLACED_PATHS, queryablePaths, type StoredRecord } from '../record-fields.js';
import { sortKeyOf } from '../record-request.js';
import { columnText } from './day-table.js';
import type { Flat } from './record-messages.js';
import type { Database, Statement } from './sqlite.js';

/** Collections that may hold a million open records: answered from columns in memory. */
export const IN_MEMORY: readonly CollectionName[] = ['alerts', 'incidents'];

/** What a write needs to know of a record that is there. */
export interface PresentRecord extends StoredRecord {
  readonly version: number;
}

export interface RecordTable {
  present(id: string): PresentRecord | undefined;
  read(
    id: string,
  ): { json: string; version: number; unit: string; realm: string; classification: 1 | 2 | 3 } | undefined;
  put(placed: StoredRecord, version: number, flat: Flat, json: string): void;
  remove(id: string): void;
}

/** The flat values of a record, in the order of `queryablePaths`. */
export function flatOf(collection: CollectionName, record: unknown): Flat {
  const fields = flattenRecord(collection, record);
  return queryablePaths(collection).map((path) => fields[path] ?? null);
}

/** The other way round, for the predicate. */
export function fieldsOf(paths: readonly string[], flat: Flat): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  for (const [index, path] of paths.entries()) {
    const value = flat[index];
    if (value !== null && value !== undefined) fields[path] = value;
  }
  return fields;
}

/** Columns of the search table: `p<n>` holds a path's folded text, `s<n>` its sort key. */
export function searchColumns(collection: CollectionName): {
  readonly text: ReadonlyMap<string, string>;
  readonly sort: ReadonlyMap<string, string>;
} {
  const paths = queryablePaths(collection);
  const text = new Map(paths.map((path, index) => [path, `p${index}`]));
  const sort = new Map<string, string>(PLACED_PATHS.map((path) => [path, path]));
  for (const path of COLLECTIONS[collection].sortable) sort.set(path, `s${paths.indexOf(path)}`);
  return { text, sort };
}

function layoutOf(collection: CollectionName): string {
  const { sortable, faceted } = COLLECTIONS[collection];
  return JSON.stringify([queryablePaths(collection), sortable, faceted, IN_MEMORY.includes(collection)]);
}

/** Makes or rebuilds what the collections of this version need. */
export function syncTables(database: Database): void {
  const known = database.prepare('SELECT paths FROM layout WHERE collection = ?');
  const note = database.prepare('INSERT OR REPLACE INTO layout VALUES (?, ?)');
  for (const collection of Object.keys(COLLECTIONS) as CollectionName[]) {
    const layout = layoutOf(collection);
    const row = known.get(collection) as { paths: string } | undefined;
    if (row?.paths === layout) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      createTables(database, collection);
      if (row) rebuild(database, collection);
      note.run(collection, layout);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}

function createTables(database: Database, collection: CollectionName): void {
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${collection} (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, ` +
      'unit TEXT NOT NULL, realm TEXT NOT NULL, classification INTEGER NOT NULL, flat TEXT NOT NULL, json TEXT NOT NULL)',
  );
  database.exec(`DROP TABLE IF EXISTS ${collection}_search`);
  if (IN_MEMORY.includes(collection)) return;
  const { text, sort } = searchColumns(collection);
  const { sortable, faceted } = COLLECTIONS[collection];
  // Columns without a type keep numbers before texts, as the order wants it.
  const columns = [...text.values(), ...[...sort.values()].filter((column) => column.startsWith('s'))];
  database.exec(
    `CREATE TABLE ${collection}_search (id TEXT PRIMARY KEY NOT NULL, unit TEXT NOT NULL, realm TEXT NOT NULL, ` +
      `classification INTEGER NOT NULL, odd INTEGER NOT NULL, ${columns.join(', ')}) WITHOUT ROWID`,
  );
  const indexed = [...faceted.map((path) => text.get(path)), ...sortable.map((path) => sort.get(path))];
  for (const column of indexed)
    database.exec(`CREATE INDEX ${collection}_${column} ON ${collection}_search (${column}, id)`);
}

/** Derives flat values and search columns again from every record. */
function rebuild(database: Database, collection: CollectionName): void {
  const update = database.prepare(`UPDATE ${collection} SET flat = ? WHERE id = ?`);
  const search = IN_MEMORY.includes(collection) ? undefined : searchWriter(database, collection);
  const ids = database.prepare(`SELECT id FROM ${collection}`).all() as { id: string }[];
  const read = database.prepare(`SELECT json FROM ${collection} WHERE id = ?`);
  for (const { id } of ids) {
    const { json } = read.get(id) as { json: string };
    const record = JSON.parse(json) as StoredRecord;
    const flat = flatOf(collection, record);
    update.run(JSON.stringify(flat), id);
    search?.(record, flat);
  }
}

function searchWriter(
  database: Database,
  collection: CollectionName,
): (placed: StoredRecord, flat: Flat) => void {
  const paths = queryablePaths(collection);
  const { sort } = searchColumns(collection);
  const sorted = paths.filter((path) => sort.get(path)?.startsWith('s'));
  const names = [
    ...['id', 'unit', 'realm', 'classification', 'odd'],
    ...paths.map((_, index) => `p${index}`),
    ...sorted.map((path) => sort.get(path) as string),
  ];
  const insert = database.prepare(
    `INSERT OR REPLACE INTO ${collection}_search (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  return ({ id, unit, realm, classification }, flat) => {
    let odd = 0;
    const texts = flat.map((value) => {
      if (value === null) return null;
      const text = columnText(value);
      if (text === undefined || text.includes('\u0000')) {
        odd = 1;
        return null;
      }
      return fold(text);
    });
    const keys = sorted.map((path) => {
      const value = flat[paths.indexOf(path)] ?? undefined;
      // Comparisons ask the sort column; several values or truth values are beyond it.
      if (Array.isArray(value) || typeof value === 'boolean') odd = 1;
      return sortKeyOf(path, value as Scalar | undefined);
    });
    insert.run(id, unit, realm, classification, odd, ...texts, ...keys);
  };
}

export function openRecordTable(database: Database, collection: CollectionName): RecordTable {
  const lazily = (text: string): (() => Statement) => {
    let statement: Statement | undefined;
    return () => (statement ??= database.prepare(text));
  };
  const present = lazily(`SELECT id, version, unit, realm, classification FROM ${collection} WHERE id = ?`);
  const read = lazily(`SELECT json, version, unit, realm, classification FROM ${collection} WHERE id = ?`);
  const put = lazily(
    `INSERT INTO ${collection} (id, version, unit, realm, classification, flat, json) VALUES (?, ?, ?, ?, ?, ?, ?) ` +
      'ON CONFLICT (id) DO UPDATE SET version = excluded.version, unit = excluded.unit, realm = excluded.realm, ' +
      'classification = excluded.classification, flat = excluded.flat, json = excluded.json',
  );
  const remove = lazily(`DELETE FROM ${collection} WHERE id = ?`);
  const inMemory = IN_MEMORY.includes(collection);
  const removeSearch = lazily(`DELETE FROM ${collection}_search WHERE id = ?`);
  let putSearch: ReturnType<typeof searchWriter> | undefined;
  return {
    present: (id) => present().get(id) as PresentRecord | undefined,
    read: (id) => read().get(id) as ReturnType<RecordTable['read']>,
    put(placed, version, flat, json) {
      const { id, unit, realm, classification } = placed;
      put().run(id, version, unit, realm, classification, JSON.stringify(flat), json);
      if (!inMemory) (putSearch ??= searchWriter(database, collection))(placed, flat);
    },
    remove(id) {
      remove().run(id);
      if (!inMemory) removeSearch().run(id);
    },
  };
}
