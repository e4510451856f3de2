/** Columns of one collection in memory: dictionary codes for what has few values, numbers for times and counters. */
import type { FieldValue } from '#kernel/event.js';
import { compareFigures, firstOf } from '../record-groups.js';
import { compareSortKeys, sortKeyOf, type SortKey } from '../record-request.js';

/** A column over slots; slots are reused after a removal. */
export interface Column {
  set(slot: number, value: FieldValue | undefined): void;
  value(slot: number): FieldValue | undefined;
  /** Turns a test of a value into one of a slot; the value's answer is remembered where values repeat. */
  test(holds: (value: FieldValue | undefined) => boolean): (slot: number) => boolean;
  /** Compares two slots by sort key, or (`figures`) by text where that is equal. */
  order(figures?: 'figures'): (a: number, b: number) => number;
  /** A number of each slot's value, below `size`; equal values have equal numbers. Undefined where values seldom repeat. */
  codes(): { readonly of: Uint32Array; readonly size: number } | undefined;
  /** How often each value stands in the slots; a value may come more than once. */
  tally(slots: Uint32Array): Iterable<readonly [FieldValue | undefined, number]>;
}

function grown<T extends Uint32Array | Float64Array | Uint8Array>(array: T, slot: number): T {
  if (slot < array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(
    Math.max(1024, array.length * 2, slot + 1),
  );
  larger.set(array);
  return larger;
}

/** Each distinct bag is kept once, and slots hold its code; 0 is absence. */
export function dictionaryColumn(path: string): Column {
  let codes = new Uint32Array(0);
  const values: (FieldValue | undefined)[] = [undefined];
  const codeOf = new Map<unknown, number>();

  function encode(value: FieldValue | undefined): number {
    if (value === undefined) return 0;
    const key = typeof value === 'string' ? value : `\u0000${JSON.stringify(value)}`;
    let code = codeOf.get(key);
    if (code === undefined) {
      code = values.push(value) - 1;
      codeOf.set(key, code);
    }
    return code;
  }

  return {
    set(slot, value) {
      codes = grown(codes, slot);
      codes[slot] = encode(value);
    },
    value: (slot) => values[codes[slot] ?? 0],
    test(holds) {
      // 0 not asked yet, 1 no, 2 yes
      const answers = new Uint8Array(values.length);
      return (slot) => {
        const code = codes[slot] as number;
        let answer = answers[code] as number;
        if (answer === 0) answers[code] = answer = holds(values[code]) ? 2 : 1;
        return answer === 2;
      };
    },
    order(figures) {
      const compare = (a: FieldValue | undefined, b: FieldValue | undefined): number =>
        figures
          ? compareFigures(path, firstOf(a), firstOf(b))
          : compareSortKeys(sortKeyOf(path, a), sortKeyOf(path, b));
      const ranked = values.map((value, code) => ({ code, value }));
      ranked.sort((a, b) => compare(a.value, b.value));
      const ranks = new Uint32Array(values.length);
      ranked.forEach((entry, index) => {
        const before = ranked[index - 1];
        const same = before && compare(before.value, entry.value) === 0;
        ranks[entry.code] = same ? (ranks[before.code] as number) : index;
      });
      return (a, b) => (ranks[codes[a] as number] as number) - (ranks[codes[b] as number] as number);
    },
    codes: () => ({ of: codes, size: values.length }),
    *tally(slots) {
      const counts = new Uint32Array(values.length);
      for (const slot of slots) (counts[codes[slot] as number] as number)++;
      for (const [code, count] of counts.entries()) if (count > 0) yield [values[code], count];
    },
  };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ABSENT = 0;
const NUMBER = 1;
const TIME = 2;
const OTHER = 3;

/** Numbers and times of canonical form in eight bytes; what is neither is kept aside, whole. */
export function numberColumn(path: string): Column {
  let numbers = new Float64Array(0);
  let kinds = new Uint8Array(0);
  const others = new Map<number, FieldValue>();

  function value(slot: number): FieldValue | undefined {
    switch (kinds[slot]) {
      case NUMBER:
        return numbers[slot];
      case TIME:
        return new Date(numbers[slot] as number).toISOString();
      case OTHER:
        return others.get(slot);
      default:
        return undefined;
    }
  }

  return {
    set(slot, next) {
      numbers = grown(numbers, slot);
      kinds = grown(kinds, slot);
      others.delete(slot);
      kinds[slot] = ABSENT;
      if (next === undefined) return;
      if (typeof next === 'number') {
        kinds[slot] = NUMBER;
        numbers[slot] = next;
        return;
      }
      const time = typeof next === 'string' && INSTANT.test(next) ? Date.parse(next) : NaN;
      if (!Number.isNaN(time) && new Date(time).toISOString() === next) {
        kinds[slot] = TIME;
        numbers[slot] = time;
      } else {
        kinds[slot] = OTHER;
        others.set(slot, next);
      }
    },
    value,
    test: (holds) => (slot) => holds(value(slot)),
    order: () => (a, b) => {
      const kind = kinds[a];
      if (kind === kinds[b] && kind !== OTHER)
        return kind === ABSENT ? 0 : (numbers[a] as number) - (numbers[b] as number);
      return compareSortKeys(sortKeyOf(path, value(a)), sortKeyOf(path, value(b)));
    },
    codes: () => undefined,
    *tally(slots) {
      for (const slot of slots) yield [value(slot), 1];
    },
  };
}

/** Sort key of one slot. */
export function keyAt(column: Column, path: string, slot: number): SortKey {
  return sortKeyOf(path, column.value(slot));
}
