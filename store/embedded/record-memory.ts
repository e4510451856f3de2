/** A collection that may be large, answered from columns in memory: filters, order and facets without reading a record. */
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import type { FieldValue } from '#kernel/event.js';
import type { Facet, PickedValues } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { isWithinUnit } from '#kernel/scope.js';
import { queryablePaths } from '../record-fields.js';
import {
  compareSortKeys,
  countFacet,
  topFacets,
  type BoundRecordSearch,
  type SortKey,
} from '../record-request.js';
import { compareText } from '../text-order.js';
import { dictionaryColumn, keyAt, numberColumn, type Column } from './record-columns.js';
import type { Flat, PlainScope } from './record-messages.js';

export interface RecordMemory {
  set(id: string, flat: Flat): void;
  remove(id: string): void;
  search(
    scope: PlainScope,
    search: BoundRecordSearch,
  ): { total: number; ids: readonly string[]; last: { key: SortKey; id: string } | null };
  facets(
    scope: PlainScope,
    query: Query,
    paths: readonly string[],
    size: number,
  ): { total: number; facets: Record<string, readonly Facet[]> };
  pick(scope: PlainScope, query: Query, paths: readonly string[]): readonly PickedValues[];
}

type SlotTest = (slot: number) => boolean;

export function createRecordMemory(collection: CollectionName): RecordMemory {
  const paths = queryablePaths(collection);
  const { sortable, faceted } = COLLECTIONS[collection];
  const ids: (string | undefined)[] = [];
  const slotOf = new Map<string, number>();
  const free: number[] = [];
  const columns = new Map<string, Column>(
    paths.map((path) => [path, path === 'id' ? idColumn(ids) : columnFor(path)]),
  );

  function columnFor(path: string): Column {
    const counted = sortable.includes(path) && !faceted.includes(path) && path !== 'severity';
    return counted ? numberColumn(path) : dictionaryColumn(path);
  }

  function columnOf(path: string): Column {
    const column = columns.get(path);
    if (!column) throw new Error(`no column ${path}`);
    return column;
  }

  function compile(query: Query): SlotTest {
    switch (query.kind) {
      case 'all':
        return () => true;
      case 'none':
        return () => false;
      case 'and': {
        const parts = query.of.map(compile);
        return (slot) => parts.every((part) => part(slot));
      }
      case 'or': {
        const parts = query.of.map(compile);
        return (slot) => parts.some((part) => part(slot));
      }
      case 'not': {
        const part = compile(query.of);
        return (slot) => !part(slot);
      }
      case 'text':
        throw new Error('free text was spelled out before');
      case 'fieldRef': {
        const holds = compilePredicate(query);
        const [left, right] = [columnOf(query.path), columnOf(query.other)];
        return (slot) =>
          holds({ ...bag(query.path, left.value(slot)), ...bag(query.other, right.value(slot)) });
      }
      default: {
        const holds = compilePredicate(query);
        return columnOf(query.path).test((value) => holds(bag(query.path, value)));
      }
    }
  }

  /** The last answer: a page and its facets ask the same, one after the other. Forgotten with every change. */
  let last: { readonly question: string; readonly slots: Uint32Array } | undefined;

  function matching(scope: PlainScope, query: Query): Uint32Array {
    const question = JSON.stringify([scope, query]);
    if (last?.question !== question) last = { question, slots: findMatching(scope, query) };
    return last.slots;
  }

  function findMatching(scope: PlainScope, query: Query): Uint32Array {
    const tests: SlotTest[] = [
      columnOf('realm').test((realm) => scope.realm === '*' || realm === scope.realm),
      columnOf('classification').test((level) => (level as number) <= scope.ceiling),
      columnOf('unit').test((unit) => scope.units.some((top) => isWithinUnit(unit as string, top))),
    ];
    if (query.kind !== 'all') tests.push(compile(query));
    const found = new Uint32Array(slotOf.size);
    let count = 0;
    for (let slot = 0; slot < ids.length; slot++)
      if (ids[slot] !== undefined && tests.every((test) => test(slot))) found[count++] = slot;
    return found.subarray(0, count);
  }

  return {
    set(id, flat) {
      last = undefined;
      let slot = slotOf.get(id);
      if (slot === undefined) {
        slot = free.pop() ?? ids.length;
        slotOf.set(id, slot);
        ids[slot] = id;
      }
      for (const [index, path] of paths.entries())
        if (path !== 'id') columnOf(path).set(slot, flat[index] ?? undefined);
    },
    remove(id) {
      const slot = slotOf.get(id);
      if (slot === undefined) return;
      last = undefined;
      slotOf.delete(id);
      ids[slot] = undefined;
      free.push(slot);
      for (const path of paths) if (path !== 'id') columnOf(path).set(slot, undefined);
    },
    search(scope, search) {
      const slots = matching(scope, search.query);
      const column = columnOf(search.path);
      const direction = search.order === 'asc' ? 1 : -1;
      const byKey = column.order();
      const compare = (a: number, b: number): number =>
        direction * (byKey(a, b) || compareText(ids[a] as string, ids[b] as string));
      const after = search.after;
      const isBehind = (slot: number): boolean =>
        !after ||
        direction *
          (compareSortKeys(keyAt(column, search.path, slot), after.key) ||
            compareText(ids[slot] as string, after.id)) >
          0;
      const { first, more } = smallest(slots, search.limit, compare, isBehind);
      const final = first.at(-1);
      return {
        total: slots.length,
        ids: first.map((slot) => ids[slot] as string),
        last:
          final !== undefined && more
            ? { key: keyAt(column, search.path, final), id: ids[final] as string }
            : null,
      };
    },
    facets(scope, query, wanted, size) {
      const slots = matching(scope, query);
      const facets = wanted.map((path) => {
        const counts = new Map<string, number>();
        for (const [value, times] of columnOf(path).tally(slots)) countFacet(counts, value, times);
        return [path, topFacets(counts, size)] as const;
      });
      return { total: slots.length, facets: Object.fromEntries(facets) };
    },
    pick(scope, query, wanted) {
      const from = wanted.map(columnOf);
      return Array.from(matching(scope, query), (slot) => ({
        id: ids[slot] as string,
        values: from.map((column) => column.value(slot) ?? null),
      }));
    },
  };
}

function bag(path: string, value: FieldValue | undefined): Record<string, FieldValue> {
  return value === undefined ? {} : { [path]: value };
}

/** Identifiers are the slots' own; they have no column. */
function idColumn(ids: readonly (string | undefined)[]): Column {
  return {
    set: () => undefined,
    value: (slot) => ids[slot],
    test: (holds) => (slot) => holds(ids[slot]),
    order: () => (a, b) => compareText(ids[a] as string, ids[b] as string),
    *tally(slots) {
      for (const slot of slots) yield [ids[slot], 1];
    },
  };
}

/** The first `limit` of those behind the cursor, in order, without sorting the rest. */
function smallest(
  slots: Uint32Array,
  limit: number,
  compare: (a: number, b: number) => number,
  isBehind: SlotTest,
): { first: number[]; more: boolean } {
  const first: number[] = [];
  let more = false;
  for (const slot of slots) {
    const full = first.length === limit;
    if (full && more && compare(slot, first[limit - 1] as number) > 0) continue;
    if (!isBehind(slot)) continue;
    if (full) more = true;
    if (full && compare(slot, first[limit - 1] as number) > 0) continue;
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(first[middle] as number, slot) < 0) low = middle + 1;
      else high = middle;
    }
    if (full) first.pop();
    first.splice(low, 0, slot);
  }
  return { first, more };
}
