/** The worker that owns the record database: writes share a commit, reads come after the writes before them. */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import { FaultError } from '#kernel/errors.js';
import type { WriteOutcome } from '#kernel/ports/record-store.js';
import { isVisible } from '#kernel/scope.js';
import { storeFault } from './disk-faults.js';
import { migrate } from './migrations.js';
import { createRecordMemory, type RecordMemory } from './record-memory.js';
import type {
  CallMessage,
  CallName,
  Flat,
  PlainOperation,
  PlainScope,
  RecordCalls,
  RecordRow,
  ReplyMessage,
} from './record-messages.js';
import { facetsSql, groupsSql, pickSql, searchSql } from './record-search.js';
import { IN_MEMORY, openRecordTable, syncTables, type RecordTable } from './record-tables.js';
import { openSqlite, type Database } from './sqlite.js';

type WriteCall = CallMessage<'write'>;
type MemoryChange = () => void;

interface Records {
  readonly database: Database;
  readonly tables: ReadonlyMap<CollectionName, RecordTable>;
  readonly memory: ReadonlyMap<CollectionName, RecordMemory>;
}

function open(file: string, home: string): Records {
  const database = openSqlite(file);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA cache_size = -32000');
  migrate(database, home);
  syncTables(database);
  const tables = new Map<CollectionName, RecordTable>();
  for (const collection of Object.keys(COLLECTIONS) as CollectionName[])
    tables.set(collection, openRecordTable(database, collection));
  const memory = new Map<CollectionName, RecordMemory>();
  for (const collection of IN_MEMORY) {
    const columns = createRecordMemory(collection);
    const rows = database.prepare(`SELECT id, flat FROM ${collection}`).iterate() as Iterable<{
      id: string;
      flat: string;
    }>;
    for (const { id, flat } of rows) columns.set(id, JSON.parse(flat) as Flat);
    memory.set(collection, columns);
  }
  return { database, tables, memory };
}

function tableOf(records: Records, collection: CollectionName): RecordTable {
  const table = records.tables.get(collection);
  if (!table) throw new Error(`no collection ${collection}`);
  return table;
}

/** One group inside the transaction: all of its operations or, by the savepoint, none. */
function writeGroup(records: Records, input: RecordCalls['write'][0], changes: MemoryChange[]): WriteOutcome {
  const { database } = records;
  const own: MemoryChange[] = [];
  const versions: number[] = [];
  database.exec('SAVEPOINT one');
  for (const [at, operation] of input.operations.entries()) {
    const refused = apply(records, input.scope, operation, versions, own);
    if (refused) {
      database.exec('ROLLBACK TO one');
      database.exec('RELEASE one');
      return { ok: false, reason: refused, at };
    }
  }
  database.exec('RELEASE one');
  changes.push(...own);
  return { ok: true, versions };
}

function apply(
  records: Records,
  scope: PlainScope,
  operation: PlainOperation,
  versions: number[],
  changes: MemoryChange[],
): Extract<WriteOutcome, { ok: false }>['reason'] | undefined {
  const table = tableOf(records, operation.collection);
  const memory = records.memory.get(operation.collection);
  if (operation.kind !== 'remove' && !isVisible(scope, operation.placed)) return 'out_of_scope';
  const id = operation.kind === 'remove' ? operation.id : operation.placed.id;
  const present = table.present(id);
  if (operation.kind === 'create') {
    if (present) return 'exists';
  } else {
    if (!present) return 'absent';
    if (!isVisible(scope, present)) return 'out_of_scope';
    if (operation.version !== undefined && operation.version !== present.version) return 'conflict';
  }
  if (operation.kind === 'remove') {
    table.remove(id);
    versions.push(0);
    if (memory) changes.push(() => memory.remove(id));
    return undefined;
  }
  const version = (present?.version ?? 0) + 1;
  const { flat } = operation;
  table.put(operation.placed, version, flat, operation.json);
  versions.push(version);
  if (memory) changes.push(() => memory.set(id, flat));
  return undefined;
}

/** Groups that came while the last commit was under way share the next one. */
function commit(records: Records, calls: readonly WriteCall[]): ReplyMessage[] {
  const { database } = records;
  const changes: MemoryChange[] = [];
  try {
    database.exec('BEGIN IMMEDIATE');
    const replies = calls.map((call): ReplyMessage => ({
      id: call.id,
      ok: true,
      value: writeGroup(records, call.input, changes),
    }));
    database.exec('COMMIT');
    for (const change of changes) change();
    return replies;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    return calls.map((call) => failure(call.id, error));
  }
}

function failure(id: number, error: unknown): ReplyMessage {
  const known = storeFault(error);
  return known instanceof FaultError
    ? { id, ok: false, fault: known.fault }
    : { id, ok: false, fault: { code: 'internal' } };
}

function rowsOf(records: Records, collection: CollectionName, ids: readonly string[]): RecordRow[] {
  const table = tableOf(records, collection);
  return ids.flatMap((id) => {
    const row = table.read(id);
    return row ? [{ json: row.json, version: row.version }] : [];
  });
}

function answer(records: Records, message: CallMessage): unknown {
  const { database } = records;
  switch (message.name) {
    case 'get': {
      const { scope, collection, id } = message.input as RecordCalls['get'][0];
      const row = tableOf(records, collection).read(id);
      return row && isVisible(scope, row) ? { json: row.json, version: row.version } : undefined;
    }
    case 'search': {
      const { scope, collection, search } = message.input as RecordCalls['search'][0];
      const memory = records.memory.get(collection);
      const { total, ids, last } = memory
        ? memory.search(scope, search)
        : searchSql(database, collection, scope, search);
      return { total, rows: rowsOf(records, collection, ids), last };
    }
    case 'facets': {
      const { scope, collection, query, paths, size } = message.input as RecordCalls['facets'][0];
      const memory = records.memory.get(collection);
      return memory
        ? memory.facets(scope, query, paths, size)
        : facetsSql(database, collection, scope, query, paths, size);
    }
    case 'groups': {
      const { scope, collection, grouping } = message.input as RecordCalls['groups'][0];
      const memory = records.memory.get(collection);
      return memory ? memory.groups(scope, grouping) : groupsSql(database, collection, scope, grouping);
    }
    case 'pick': {
      const { scope, collection, query, paths } = message.input as RecordCalls['pick'][0];
      const memory = records.memory.get(collection);
      return memory ? memory.pick(scope, query, paths) : pickSql(database, collection, scope, query, paths);
    }
    case 'size': {
      const [pages, size] = ['page_count', 'page_size'].map(
        (name) => (database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name] ?? 0,
      );
      return (pages ?? 0) * (size ?? 0);
    }
    case 'backup':
      database.prepare('VACUUM INTO ?').run((message.input as RecordCalls['backup'][0]).file);
      return null;
    case 'close':
      database.close();
      return null;
    case 'write':
      throw new Error('writes go through commit');
  }
}

function serve(port: MessagePort, records: Records): void {
  port.on('message', (first: CallMessage) => {
    const calls: CallMessage[] = [first];
    // What else has arrived meanwhile shares this round, and its writes one commit.
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      calls.push(next.message as CallMessage);
    let writes: WriteCall[] = [];
    const flush = (): void => {
      if (writes.length > 0) for (const reply of commit(records, writes)) port.postMessage(reply);
      writes = [];
    };
    for (const call of calls) {
      if (call.name === 'write') {
        writes.push(call as WriteCall);
        continue;
      }
      flush();
      try {
        port.postMessage({ id: call.id, ok: true, value: answer(records, call) } satisfies ReplyMessage);
      } catch (error) {
        port.postMessage(failure(call.id, error));
      }
      if (call.name === ('close' satisfies CallName)) port.close();
    }
    flush();
  });
}

const { file, home } = workerData as { file: string; home: string };
const port = parentPort;
if (!port) throw new Error('runs as a worker only');
try {
  const records = open(file, home);
  serve(port, records);
  port.postMessage({ id: 0, ok: true, value: null } satisfies ReplyMessage);
} catch (error) {
  port.postMessage(failure(0, error));
  port.close();
}
