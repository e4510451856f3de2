/** Columns of one collection in memory: dictionary codes for what has few values, numbers for times and counters. */
import type { FieldValue } from '#kernel/event.js';
import { compareFigures, firstOf } from '../record-groups.js';
import { compareSortKeys, sortKeyOf, type SortKey } from '../record-request.js';

/** A column over slots; slots are reused after a removal. */
export interface Column {
  set(slot: number, value: FieldValue | undefined): void;
  value(slot: number): FieldValue | undefined;
  /** Takes the slots out of the mask whose value does not hold; where values repeat, each is asked of once. */
  narrow(mask: Uint8Array, holds: (value: FieldValue | undefined) => boolean): void;
  /** Compares two slots by sort key, or (`figures`) by text where that is equal. */
  order(figures?: 'figures'): (a: number, b: number) => number;
  /** Compares a slot's sort key with a given one. */
  side(key: SortKey): (slot: number) => number;
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
    narrow(mask, holds) {
      // 0 not asked yet, 1 no, 2 yes
      const answers = new Uint8Array(values.length);
      for (let slot = 0; slot < mask.length; slot++) {
        if (mask[slot] === 0) continue;
        const code = codes[slot] as number;
        let answer = answers[code] as number;
        if (answer === 0) answers[code] = answer = holds(values[code]) ? 2 : 1;
        if (answer === 1) mask[slot] = 0;
      }
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
    side(key) {
      const sides = new Map<number, number>();
      return (slot) => {
        const code = codes[slot] as number;
        let side = sides.get(code);
        if (side === undefined) sides.set(code, (side = compareSortKeys(sortKeyOf(path, values[code]), key)));
        return side;
      };
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
      const time = typeof next === 'string' ? instantOf(next) : undefined;
      if (time !== undefined) {
        kinds[slot] = TIME;
        numbers[slot] = time;
      } else {
        kinds[slot] = OTHER;
        others.set(slot, next);
      }
    },
    value,
    narrow(mask, holds) {
      for (let slot = 0; slot < mask.length; slot++)
        if (mask[slot] !== 0 && !holds(value(slot))) mask[slot] = 0;
    },
    order: () => (a, b) => {
      const kind = kinds[a];
      if (kind === kinds[b] && kind !== OTHER)
        return kind === ABSENT ? 0 : (numbers[a] as number) - (numbers[b] as number);
      return compareSortKeys(sortKeyOf(path, value(a)), sortKeyOf(path, value(b)));
    },
    side(key) {
      const time = typeof key === 'string' ? instantOf(key) : undefined;
      const kind = typeof key === 'number' ? NUMBER : time === undefined ? undefined : TIME;
      const number = typeof key === 'number' ? key : (time ?? 0);
      return (slot) =>
        kinds[slot] === kind
          ? (numbers[slot] as number) - number
          : compareSortKeys(sortKeyOf(path, value(slot)), key);
    },
    codes: () => undefined,
    *tally(slots) {
      for (const slot of slots) yield [value(slot), 1];
    },
  };
}

/**
 * Milliseconds of an instant in its canonical form, the only one that orders as its text does. Read by hand: a million
 * of them are read at every start, and `Date.parse` with its counter-check takes several times as long.
 */
function instantOf(text: string): number | undefined {
  if (!INSTANT.test(text)) return undefined;
  const two = (at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
  const year = two(0) * 100 + two(2);
  const milli = two(20) * 10 + text.charCodeAt(22) - 48;
  const [month, day, hour, minute, second] = [two(5), two(8), two(11), two(14), two(17)];
  // `Date.UTC` reads a year below 100 as one of the twentieth century.
  if (year < 100 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, milli);
}

/** Sort key of one slot. */
export function keyAt(column: Column, path: string, slot: number): SortKey {
  return sortKeyOf(path, column.value(slot));
}
