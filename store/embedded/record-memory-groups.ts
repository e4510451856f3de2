/** Grouping slots by columns: codes are folded into dense group numbers, and figures gathered in arrays. */
import type { FieldValue } from '#kernel/event.js';
import type { RecordGroup } from '#kernel/ports/record-store.js';
import {
  compareGroups,
  compareValues,
  firstOf,
  type BareGroupPage,
  type BoundGrouping,
  type GroupPosition,
} from '../record-groups.js';
import { sortKeyOf, type SortKey } from '../record-request.js';
import { compareText } from '../text-order.js';
import type { Column } from './record-columns.js';
import { smallest } from './smallest.js';

type ColumnOf = (path: string) => Column;

interface Numbered {
  /** Of each of the slots, by its index. */
  readonly groupOf: Uint32Array;
  readonly groups: number;
}

/** A table of so many numbers is quicker than a map. */
const LARGEST_TABLE = 1 << 22;

export function groupSlots(
  slots: Uint32Array,
  grouping: BoundGrouping,
  columnOf: ColumnOf,
  idOf: (slot: number) => string,
): BareGroupPage {
  const { by, sort, after, limit } = grouping;
  const numbered = by.reduce<Numbered>((before, path) => numberedBy(slots, before, columnOf(path)), {
    groupOf: new Uint32Array(slots.length),
    groups: slots.length > 0 ? 1 : 0,
  });
  const { groupOf, groups } = numbered;
  const anySlot = new Uint32Array(groups);
  const counts = new Uint32Array(groups);
  for (let at = 0; at < slots.length; at++) {
    const group = groupOf[at] as number;
    anySlot[group] = slots[at] as number;
    counts[group] = (counts[group] as number) + 1;
  }
  const figures = grouping.figures.map((figure) =>
    figure.of === 'sum'
      ? sumOf(slots, numbered, columnOf(figure.path))
      : extremeOf(slots, numbered, columnOf(figure.path), figure.of),
  );
  const groupColumns = by.map(columnOf);
  const valuesOf = (group: number): (FieldValue | null)[] =>
    groupColumns.map((column) => column.value(anySlot[group] as number) ?? null);
  const orders = sort.map(({ at, order }) => {
    const compare =
      at < 0
        ? (a: number, b: number) => (counts[a] as number) - (counts[b] as number)
        : (figures[at] as Figure).compare;
    return order === 'asc' ? compare : (a: number, b: number) => -compare(a, b);
  });
  const compare = (a: number, b: number): number => {
    for (const order of orders) {
      const found = order(a, b);
      if (found !== 0) return found;
    }
    return compareValues(valuesOf(a), valuesOf(b));
  };
  const keyOf = (group: number, at: number, path: string): SortKey =>
    at < 0 ? (counts[group] as number) : sortKeyOf(path, (figures[at] as Figure).value(group) ?? undefined);
  const positionOf = (group: number): GroupPosition => ({
    keys: sort.map(({ at, path }) => keyOf(group, at, path)),
    values: valuesOf(group),
  });
  const comparePosition = compareGroups(sort);
  const { first, more } = smallest(
    new Uint32Array(groups).map((_, group) => group),
    limit,
    compare,
    (group) => !after || comparePosition(positionOf(group), after) > 0,
  );
  const members = membersOf(slots, numbered, first, grouping, idOf);
  const last = first.at(-1);
  return {
    total: slots.length,
    groups,
    items: first.map((group): RecordGroup => {
      const newest = members.get(group) ?? [];
      return {
        values: valuesOf(group),
        count: counts[group] as number,
        figures: figures.map((figure) => figure.value(group)),
        newest: grouping.newest.map((path) => columnOf(path).value(newest[0] as number) ?? null),
        ids: newest.slice(0, grouping.ids).map(idOf),
      };
    }),
    last: last !== undefined && more ? positionOf(last) : null,
  };
}

/** Splits the groups by the values of one more column. */
function numberedBy(slots: Uint32Array, { groupOf, groups }: Numbered, column: Column): Numbered {
  const codes = column.codes() ?? codesOf(slots, column);
  const next = new Uint32Array(slots.length);
  let count = 0;
  if (groups * codes.size <= LARGEST_TABLE) {
    // 0 is no group yet.
    const table = new Uint32Array(groups * codes.size);
    for (let at = 0; at < slots.length; at++) {
      const place = (groupOf[at] as number) * codes.size + (codes.of[slots[at] as number] as number);
      let number = table[place] as number;
      if (number === 0) table[place] = number = ++count;
      next[at] = number - 1;
    }
  } else {
    const table = new Map<number, number>();
    for (let at = 0; at < slots.length; at++) {
      const place = (groupOf[at] as number) * codes.size + (codes.of[slots[at] as number] as number);
      let number = table.get(place);
      if (number === undefined) table.set(place, (number = count++));
      next[at] = number;
    }
  }
  return { groupOf: next, groups: count };
}

function codesOf(slots: Uint32Array, column: Column): NonNullable<ReturnType<Column['codes']>> {
  const of = new Uint32Array(slots.reduce((most, slot) => Math.max(most, slot), 0) + 1);
  const known = new Map<string, number>();
  for (const slot of slots) {
    const key = JSON.stringify(column.value(slot) ?? null);
    const code = known.get(key) ?? known.size;
    known.set(key, code);
    of[slot] = code;
  }
  return { of, size: known.size };
}

interface Figure {
  value(group: number): RecordGroup['figures'][number];
  /** By sort order. */
  compare(a: number, b: number): number;
}

function sumOf(slots: Uint32Array, { groupOf, groups }: Numbered, column: Column): Figure {
  const sums = new Float64Array(groups);
  for (let at = 0; at < slots.length; at++) {
    const value = firstOf(column.value(slots[at] as number));
    if (typeof value !== 'number') continue;
    const group = groupOf[at] as number;
    sums[group] = (sums[group] as number) + value;
  }
  return {
    value: (group) => sums[group] as number,
    compare: (a, b) => (sums[a] as number) - (sums[b] as number),
  };
}

function extremeOf(
  slots: Uint32Array,
  { groupOf, groups }: Numbered,
  column: Column,
  of: 'greatest' | 'least',
): Figure {
  // 0 is none yet: slots are kept one higher.
  const best = new Uint32Array(groups);
  const compare = column.order('figures');
  const sign = of === 'greatest' ? 1 : -1;
  for (let at = 0; at < slots.length; at++) {
    const group = groupOf[at] as number;
    const slot = slots[at] as number;
    const known = best[group] as number;
    if (known === 0 || sign * compare(slot, known - 1) > 0) best[group] = slot + 1;
  }
  const bySort = column.order();
  return {
    value: (group) => firstOf(column.value((best[group] as number) - 1)),
    compare: (a, b) => bySort((best[a] as number) - 1, (best[b] as number) - 1),
  };
}

/** Slots of the newest records of a few groups, newest first; none where nobody asks. */
function membersOf(
  slots: Uint32Array,
  { groupOf }: Numbered,
  groups: readonly number[],
  { ids, newest }: BoundGrouping,
  idOf: (slot: number) => string,
): ReadonlyMap<number, readonly number[]> {
  const most = Math.max(ids, newest.length > 0 ? 1 : 0);
  const members = new Map(groups.map((group) => [group, [] as number[]]));
  if (most === 0) return members;
  // The newest stand last: then few take another's place.
  for (let at = slots.length - 1; at >= 0; at--) {
    const list = members.get(groupOf[at] as number);
    if (!list) continue;
    const slot = slots[at] as number;
    const id = idOf(slot);
    let place = list.length;
    while (place > 0 && compareText(idOf(list[place - 1] as number), id) < 0) place--;
    if (place >= most) continue;
    list.splice(place, 0, slot);
    if (list.length > most) list.pop();
  }
  return members;
}
