/** Whether a window of entries satisfies a correlation. Pure. */
import type { Signal } from '#kernel/schema/correlation.js';
import type { Condition } from '../sigma/condition.js';
import { evaluate, holds, positiveRulesOf } from '../sigma/correlation-condition.js';
import type { SigmaCorrelation } from '../sigma/correlation.js';

/** One match within a group. */
export interface Entry {
  readonly signal: Signal;
  /** Index of the rule that it matched among `correlation.rules`. */
  readonly child: number;
  /** What is counted or computed of it. */
  readonly value: string | number | undefined;
  /** What it was made of, where it is a correlation itself. */
  readonly brings: readonly Signal[];
  /** The window that ends with it has matched. */
  fired: boolean;
  /** A match has named it. */
  told: boolean;
}

/** By event time; what has the same, as it was accepted. */
export function before(a: Entry, b: Entry): boolean {
  if (a.signal.timeMs !== b.signal.timeMs) return a.signal.timeMs < b.signal.timeMs;
  return a.signal.seq === b.signal.seq ? a.child < b.child : a.signal.seq < b.signal.seq;
}

/** Index of the first entry at or after the time. */
export function firstAt(entries: readonly Entry[], timeMs: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry).signal.timeMs < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first entry after the time. */
export function behind(entries: readonly Entry[], timeMs: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry).signal.timeMs <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * More events never undo it, so it matches with the event that fulfils it. All else (upper bounds, `eq`, averages, what
 * must be absent) is judged when its window has closed.
 */
export function isRising({ type, bounds, expression }: SigmaCorrelation): boolean {
  if (expression) return !hasNot(expression);
  if (type === 'value_avg' || type === 'value_percentile') return false;
  return Object.keys(bounds).every((operator) => operator === 'gt' || operator === 'gte');
}

function hasNot(expression: Condition): boolean {
  switch (expression.kind) {
    case 'not':
      return true;
    case 'and':
    case 'or':
      return expression.of.some(hasNot);
    case 'selection':
    case 'quantified':
      return false;
  }
}

/** Which rules open a window that is judged when it closes: what must be absent opens none. */
export function openersOf({ rules, expression }: SigmaCorrelation): ReadonlySet<number> {
  const positive = expression && positiveRulesOf(expression);
  return new Set(rules.flatMap((name, at) => (positive === undefined || positive.has(name) ? [at] : [])));
}

/** Of a window that has closed: the entries that made it match; empty where it does not. */
export function matchedBy(correlation: SigmaCorrelation, window: readonly Entry[]): readonly Entry[] {
  if (correlation.type === 'value_percentile' && correlation.percentile === undefined)
    return rareIn(correlation, window);
  return figureHolds(correlation, window, 0, window.length) ? window : [];
}

function figureHolds(
  { type, bounds, rules, expression, percentile }: SigmaCorrelation,
  entries: readonly Entry[],
  from: number,
  to: number,
): boolean {
  switch (type) {
    case 'event_count':
      return holds(bounds, to - from);
    case 'value_count': {
      const values = new Set<unknown>();
      for (let at = from; at < to; at++) values.add((entries[at] as Entry).value);
      return holds(bounds, values.size);
    }
    case 'temporal':
    case 'temporal_ordered': {
      const children = new Set<number>();
      for (let at = to - 1; at >= from && children.size < rules.length; at--)
        children.add((entries[at] as Entry).child);
      return expression
        ? evaluate(expression, (name) => children.has(rules.indexOf(name)))
        : holds(bounds, children.size);
    }
    case 'value_sum':
      return holds(bounds, sumOf(entries, from, to));
    case 'value_avg':
      return to > from && holds(bounds, sumOf(entries, from, to) / (to - from));
    case 'value_percentile':
      return to > from && holds(bounds, percentileOf(entries, from, to, percentile ?? 50));
  }
}

function sumOf(entries: readonly Entry[], from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += Number((entries[at] as Entry).value);
  return sum;
}

/** The nearest rank: a value that is there. */
function percentileOf(entries: readonly Entry[], from: number, to: number, percentile: number): number {
  const values = entries.slice(from, to).map(({ value }) => Number(value));
  values.sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percentile / 100) * values.length));
  return values[rank - 1] as number;
}

/** Entries of those values whose share of all, in percent, satisfies the bounds. */
function rareIn({ bounds }: SigmaCorrelation, window: readonly Entry[]): readonly Entry[] {
  const counts = new Map<unknown, number>();
  for (const { value } of window) counts.set(value, (counts.get(value) ?? 0) + 1);
  return window.filter(({ value }) => holds(bounds, (100 * (counts.get(value) ?? 0)) / window.length));
}

/**
 * The last rule's entry stands at the end, and before it, backwards, one of each other rule. Same time counts as in order,
 * for many logs tell whole seconds; the same event twice does not.
 */
export function inOrder(rules: number, entries: readonly Entry[], from: number, at: number): boolean {
  let current = entries[at] as Entry;
  if (current.child !== rules - 1) return false;
  const used = new Set([current.signal.id]);
  for (let wanted = rules - 2; wanted >= 0; wanted--) {
    let position = behind(entries, current.signal.timeMs) - 1;
    while (position >= from && !isNext(entries[position] as Entry, wanted, used)) position--;
    if (position < from) return false;
    current = entries[position] as Entry;
    used.add(current.signal.id);
  }
  return true;
}

function isNext({ child, signal }: Entry, wanted: number, used: ReadonlySet<string>): boolean {
  return child === wanted && !used.has(signal.id);
}
