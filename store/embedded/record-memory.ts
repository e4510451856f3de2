/** A collection that may be large, answered from columns in memory: filters, order and facets without reading a record. */
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import type { FieldValue } from '#kernel/event.js';
import type { Facet, PickedValues, SortBy } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { isWithinUnit } from '#kernel/scope.js';
import { queryablePaths } from '../record-fields.js';
import type { BareGroupPage, BoundGrouping } from '../record-groups.js';
import {
  compareSortKeys,
  countFacet,
  topFacets,
  type BoundRecordSearch,
  type Position,
} from '../record-request.js';
import { compareText } from '../text-order.js';
import { dictionaryColumn, keyAt, numberColumn, type Column } from './record-columns.js';
import { groupSlots } from './record-memory-groups.js';
import { patience } from './patience.js';
import type { Flat, PlainScope } from './record-messages.js';
import { smallest } from './smallest.js';

export interface RecordMemory {
  set(id: string, flat: Flat): void;
  remove(id: string): void;
  search(
    scope: PlainScope,
    search: BoundRecordSearch,
  ): { total: number; ids: readonly string[]; last: Position | null };
  facets(
    scope: PlainScope,
    query: Query,
    paths: readonly string[],
    size: number,
  ): { total: number; facets: Record<string, readonly Facet[]> };
  groups(scope: PlainScope, grouping: BoundGrouping): BareGroupPage;
  pick(scope: PlainScope, query: Query, paths: readonly string[]): readonly PickedValues[];
}

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

  /** Takes those slots out of the mask for which the query does not hold: column by column, so that each pass is a plain loop. */
  function narrow(mask: Uint8Array, query: Query, bounded: ReturnType<typeof patience>): void {
    const only = onlyPath(query);
    if (only !== undefined) {
      const holds = bounded(compilePredicate(query));
      columnOf(only).narrow(mask, (value) => holds(bag(only, value)));
      return;
    }
    switch (query.kind) {
      case 'all':
        return;
      case 'none':
        mask.fill(0);
        return;
      case 'and':
        for (const part of query.of) narrow(mask, part, bounded);
        return;
      case 'or': {
        // What one part holds for, the next need not be asked of.
        const left = mask.slice();
        for (const part of query.of) {
          const held = left.slice();
          narrow(held, part, bounded);
          takeOut(left, held);
        }
        takeOut(mask, left);
        return;
      }
      case 'not': {
        const held = mask.slice();
        narrow(held, query.of, bounded);
        takeOut(mask, held);
        return;
      }
      case 'text':
        throw new Error('free text was spelled out before');
      case 'fieldRef': {
        const holds = bounded(compilePredicate(query));
        const [left, right] = [columnOf(query.path), columnOf(query.other)];
        for (let slot = 0; slot < mask.length; slot++)
          if (
            mask[slot] !== 0 &&
            !holds({ ...bag(query.path, left.value(slot)), ...bag(query.other, right.value(slot)) })
          )
            mask[slot] = 0;
        return;
      }
      default:
        throw new Error(`a leaf of one path: ${query.kind}`);
    }
  }

  function orderOf(sort: readonly SortBy[]): (a: number, b: number) => number {
    const keys = sort.map(({ path, order }) => ({
      compare: columnOf(path).order(),
      direction: order === 'asc' ? 1 : -1,
    }));
    const last = keys.at(-1)?.direction ?? 1;
    return (a, b) => {
      for (const { compare, direction } of keys) {
        const found = compare(a, b);
        if (found !== 0) return direction * found;
      }
      return last * compareText(ids[a] as string, ids[b] as string);
    };
  }

  /** Whether a slot stands behind the position in the order. */
  function behind(sort: readonly SortBy[], { keys, id }: Position): (slot: number) => boolean {
    const sides = sort.map(({ path, order }, at) => ({
      side: columnOf(path).side(keys[at] ?? null),
      direction: order === 'asc' ? 1 : -1,
    }));
    const last = sides.at(-1)?.direction ?? 1;
    return (slot) => {
      for (const { side, direction } of sides) {
        const found = side(slot);
        if (found !== 0) return direction * found > 0;
      }
      return last * compareText(ids[slot] as string, id) > 0;
    };
  }

  /** The last answer: a page and its facets ask the same, one after the other. Forgotten with every change. */
  let last: { readonly question: string; readonly slots: Uint32Array } | undefined;

  function matching(scope: PlainScope, query: Query): Uint32Array {
    const question = JSON.stringify([scope, query]);
    if (last?.question !== question) last = { question, slots: findMatching(scope, query) };
    return last.slots;
  }

  function findMatching(scope: PlainScope, query: Query): Uint32Array {
    const mask = new Uint8Array(ids.length);
    for (let slot = 0; slot < mask.length; slot++) if (ids[slot] !== undefined) mask[slot] = 1;
    if (scope.realm !== '*') columnOf('realm').narrow(mask, (realm) => realm === scope.realm);
    columnOf('classification').narrow(mask, (level) => (level as number) <= scope.ceiling);
    columnOf('unit').narrow(mask, (unit) => scope.units.some((top) => isWithinUnit(unit as string, top)));
    narrow(mask, query, patience());
    const found = new Uint32Array(slotOf.size);
    let count = 0;
    for (let slot = 0; slot < mask.length; slot++) if (mask[slot] !== 0) found[count++] = slot;
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
      const { sort, after } = search;
      const compare = orderOf(sort);
      const position = (slot: number): Position => ({
        id: ids[slot] as string,
        keys: sort.map(({ path }) => keyAt(columnOf(path), path, slot)),
      });
      const isBehind = after ? behind(sort, after) : (): boolean => true;
      const { first, more } = smallest(slots, search.limit, compare, isBehind);
      const final = first.at(-1);
      return {
        total: slots.length,
        ids: first.map((slot) => ids[slot] as string),
        last: final !== undefined && more ? position(final) : null,
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
    groups: (scope, grouping) =>
      groupSlots(matching(scope, grouping.query), grouping, columnOf, (slot) => ids[slot] as string),
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

/** Takes the slots of the one mask out of the other. */
function takeOut(mask: Uint8Array, others: Uint8Array): void {
  for (let slot = 0; slot < mask.length; slot++) if (others[slot] !== 0) mask[slot] = 0;
}

/** The one path that a query asks of, however it is put together; undefined for several, or none. */
function onlyPath(query: Query): string | undefined {
  switch (query.kind) {
    case 'all':
    case 'none':
    case 'text':
    case 'fieldRef':
      return undefined;
    case 'not':
      return onlyPath(query.of);
    case 'and':
    case 'or': {
      const [first, ...rest] = query.of.map(onlyPath);
      return rest.every((path) => path === first) ? first : undefined;
    }
    default:
      return query.path;
  }
}

/** Identifiers are the slots' own; they have no column. */
function idColumn(ids: readonly (string | undefined)[]): Column {
  return {
    set: () => undefined,
    value: (slot) => ids[slot],
    narrow(mask, holds) {
      for (let slot = 0; slot < mask.length; slot++)
        if (mask[slot] !== 0 && !holds(ids[slot])) mask[slot] = 0;
    },
    order: () => (a, b) => compareText(ids[a] as string, ids[b] as string),
    side: (key) => (slot) => compareSortKeys(ids[slot] as string, key),
    codes: () => undefined,
    *tally(slots) {
      for (const slot of slots) yield [ids[slot], 1];
    },
  };
}
