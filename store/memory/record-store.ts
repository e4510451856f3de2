/** Records in memory: the plainest reading of the port, for tests and for what lives no longer than the process. */
import type { CollectionName, Collections } from '#kernel/collections.js';
import { FaultError, fault } from '#kernel/errors.js';
import type { Fields } from '#kernel/event.js';
import type { RecordStore, Versioned, WriteOperation, WriteOutcome } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import { isVisible, type Scope } from '#kernel/scope.js';
import { limitWithin, predicateOf } from '../event-request.js';
import { flattenRecord, type StoredRecord } from '../record-fields.js';
import { bindGrouping, groupRows, writeGroupPage } from '../record-groups.js';
import {
  bindRecordQuery,
  bindRecordSearch,
  boundFacetPaths,
  boundPickPaths,
  comparePositions,
  countFacet,
  positionOf,
  topFacets,
  writeRecordCursor,
} from '../record-request.js';

/** `json` is what was written: readers get copies, so nobody changes a record by hand. */
interface Entry {
  readonly placed: StoredRecord;
  readonly json: string;
  readonly version: number;
  readonly fields: Fields;
}

type Table = Map<string, Entry>;

export function createMemoryRecordStore(): RecordStore {
  const tables = new Map<CollectionName, Table>();
  const tableOf = (collection: CollectionName): Table => {
    let table = tables.get(collection);
    if (!table) tables.set(collection, (table = new Map()));
    return table;
  };

  function matching(scope: Scope, collection: CollectionName, query: Query): Entry[] {
    const holds = predicateOf(query);
    return [...tableOf(collection).values()].filter(
      (entry) => isVisible(scope, entry.placed) && holds(entry.fields),
    );
  }

  function read<C extends CollectionName>(entry: Entry): Versioned<Collections[C]> {
    return { value: JSON.parse(entry.json) as Collections[C], version: entry.version };
  }

  return {
    async get(scope, collection, id) {
      const entry = tableOf(collection).get(id);
      return entry && isVisible(scope, entry.placed) ? read(entry) : undefined;
    },
    async write(scope, operations) {
      const undo: (() => void)[] = [];
      const versions: number[] = [];
      for (const [at, operation] of operations.entries()) {
        const table = tableOf(operation.collection);
        const id = operation.kind === 'remove' ? operation.id : operation.value.id;
        const present = table.get(id);
        const reason = refusal(scope, operation, present);
        if (reason) {
          for (const step of undo.reverse()) step();
          return { ok: false, reason, at };
        }
        undo.push(() => (present ? table.set(id, present) : table.delete(id)));
        if (operation.kind === 'remove') {
          table.delete(id);
          versions.push(0);
        } else {
          const version = (present?.version ?? 0) + 1;
          table.set(id, entryOf(operation.collection, operation.value, version));
          versions.push(version);
        }
      }
      return { ok: true, versions };
    },
    async search(scope, collection, request) {
      const search = bindRecordSearch(collection, request);
      const compare = comparePositions(search.sort);
      const hits = matching(scope, collection, search.query)
        .map((entry) => ({ entry, ...positionOf(search.sort, entry.placed.id, entry.fields) }))
        .sort(compare);
      const after = search.after;
      const rest = after ? hits.filter((hit) => compare(hit, after) > 0) : hits;
      const page = rest.slice(0, search.limit);
      const last = page.at(-1);
      return {
        total: hits.length,
        items: page.map(({ entry }) => read(entry)),
        next: last && rest.length > page.length ? writeRecordCursor(collection, search, last) : null,
      };
    },
    async facets(scope, collection, request) {
      const size = limitWithin(request.size ?? 20, 1000, 'size');
      const paths = boundFacetPaths(collection, request.paths);
      const hits = matching(scope, collection, bindRecordQuery(collection, request.query));
      const facets = paths.map((path) => {
        const counts = new Map<string, number>();
        for (const hit of hits) countFacet(counts, hit.fields[path]);
        return [path, topFacets(counts, size)] as const;
      });
      return { total: hits.length, facets: Object.fromEntries(facets) };
    },
    async groups(scope, collection, request) {
      const grouping = bindGrouping(collection, request);
      const rows = matching(scope, collection, grouping.query).map(({ placed, fields }) => ({
        id: placed.id,
        fields,
      }));
      return writeGroupPage(collection, grouping, groupRows(rows, grouping));
    },
    async pick(scope, collection, request) {
      const paths = boundPickPaths(collection, request.paths);
      return matching(scope, collection, bindRecordQuery(collection, request.query)).map((entry) => ({
        id: entry.placed.id,
        values: paths.map((path) => entry.fields[path] ?? null),
      }));
    },
    async size() {
      let bytes = 0;
      for (const table of tables.values()) for (const entry of table.values()) bytes += entry.json.length;
      return bytes;
    },
    async backup() {
      throw new FaultError(
        fault('unsupported', { what: 'a backup of the memory store', how: 'use the embedded store' }),
      );
    },
    async close() {
      tables.clear();
    },
  };
}

function entryOf(collection: CollectionName, value: StoredRecord, version: number): Entry {
  const json = JSON.stringify(value);
  const { id, unit, realm, classification } = value;
  return {
    placed: { id, unit, realm, classification },
    json,
    version,
    fields: flattenRecord(collection, value),
  };
}

type Refusal = Extract<WriteOutcome, { ok: false }>['reason'];

function refusal(scope: Scope, operation: WriteOperation, present: Entry | undefined): Refusal | undefined {
  if (operation.kind !== 'remove' && !isVisible(scope, operation.value)) return 'out_of_scope';
  if (operation.kind === 'create') return present ? 'exists' : undefined;
  if (!present) return 'absent';
  if (!isVisible(scope, present.placed)) return 'out_of_scope';
  if (operation.version !== undefined && operation.version !== present.version) return 'conflict';
  return undefined;
}
