/** The record store on SQLite: a thin front that speaks to the worker which owns the database. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CollectionName, Collections } from '#kernel/collections.js';
import { FaultError, fault } from '#kernel/errors.js';
import type { RecordStore, Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import type { Scope } from '#kernel/scope.js';
import { limitWithin, predicateOf } from '../event-request.js';
import {
  bindRecordQuery,
  bindRecordSearch,
  boundFacetPaths,
  boundPickPaths,
  writeRecordCursor,
} from '../record-request.js';
import { bindGrouping, writeGroupPage } from '../record-groups.js';
import type {
  CallName,
  PlainOperation,
  PlainScope,
  RecordCalls,
  RecordRow,
  ReplyMessage,
} from './record-messages.js';
import { flatOf } from './record-tables.js';

/** Name of the database in the store's folder and in a backup. */
export const RECORD_FILE = 'records.db';

/** Opens the record database in the folder, made if absent. Throws `schema_too_new`, `disk_full`, `store_unavailable`. */
export async function openEmbeddedRecordStore(options: { readonly folder: string }): Promise<RecordStore> {
  await mkdir(options.folder, { recursive: true });
  const worker = startWorker({ file: join(options.folder, RECORD_FILE), home: options.folder });
  const calls = connect(worker);
  try {
    await calls.opened;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const { call } = calls;

  return {
    async get(scope, collection, id) {
      const row = await call('get', { scope: plainScope(scope), collection, id });
      return row && readRow(row);
    },
    write: (scope, operations) =>
      call('write', { scope: plainScope(scope), operations: operations.map(plainOperation) }),
    async search(scope, collection, request) {
      const search = bindRecordSearch(collection, request);
      predicateOf(search.query);
      const found = await call('search', { scope: plainScope(scope), collection, search });
      return {
        total: found.total,
        items: found.rows.map((row) => readRow(row)),
        next: found.last && writeRecordCursor(collection, search, found.last),
      };
    },
    async facets(scope, collection, request) {
      const size = limitWithin(request.size ?? 20, 1000, 'size');
      const paths = boundFacetPaths(collection, request.paths);
      const query = bindRecordQuery(collection, request.query);
      predicateOf(query);
      return call('facets', { scope: plainScope(scope), collection, query, paths, size });
    },
    async groups(scope, collection, request) {
      const grouping = bindGrouping(collection, request);
      predicateOf(grouping.query);
      const page = await call('groups', { scope: plainScope(scope), collection, grouping });
      return writeGroupPage(collection, grouping, page);
    },
    async pick(scope, collection, request) {
      const paths = boundPickPaths(collection, request.paths);
      const query = bindRecordQuery(collection, request.query);
      predicateOf(query);
      return call('pick', { scope: plainScope(scope), collection, query, paths });
    },
    size: () => call('size', {}),
    async backup(folder) {
      const file = join(folder, RECORD_FILE);
      await call('backup', { file });
      const handle = await open(file, 'r+');
      await handle.sync();
      await handle.close();
    },
    async close() {
      await call('close', {}).catch(() => undefined);
      await worker.terminate();
    },
  };
}

/** From source through a bootstrap that brings tsx along; compiled as it is. */
function startWorker(data: { file: string; home: string }): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = new URL(fromSource ? './record-worker.dev.mjs' : './record-worker.js', import.meta.url);
  return new Worker(entry, {
    workerData: data,
    name: 'records',
    ...(fromSource && { execArgv: ['--conditions=fenghuo'] }),
  });
}

interface Connection {
  readonly opened: Promise<unknown>;
  call<N extends CallName>(name: N, input: RecordCalls[N][0]): Promise<RecordCalls[N][1]>;
}

function connect(worker: Worker): Connection {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let gone: Error | undefined;
  const opened = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));

  worker.on('message', (reply: ReplyMessage) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) call?.resolve(reply.value as never);
    else call?.reject(new FaultError(reply.fault));
  });
  const fail = (reason: string): void => {
    gone ??= new FaultError(fault('store_unavailable', { reason }));
    for (const call of waiting.values()) call.reject(gone);
    waiting.clear();
  };
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', () => fail('the record worker has ended'));

  return {
    opened,
    call: (name, input) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(gone);
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, name, input });
      }),
  };
}

function plainScope(scope: Scope): PlainScope {
  return { units: [...scope.units], ceiling: scope.ceiling, realm: scope.realm };
}

function plainOperation(operation: WriteOperation): PlainOperation {
  const { kind, collection } = operation;
  if (kind === 'remove') {
    const { id, version } = operation;
    return { kind, collection, id, ...(version !== undefined && { version }) };
  }
  const { id, unit, realm, classification } = operation.value;
  return {
    kind,
    collection,
    placed: { id, unit, realm, classification },
    flat: flatOf(collection, operation.value),
    json: JSON.stringify(operation.value),
    ...(kind === 'replace' && { version: operation.version }),
  };
}

function readRow<C extends CollectionName>(row: RecordRow): Versioned<Collections[C]> {
  return { value: JSON.parse(row.json) as Collections[C], version: row.version };
}
