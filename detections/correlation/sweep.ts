/** A window that moves over the entries of a group and knows its figure at each step, so that a flood costs no recount. */
import { evaluate, holds } from '../sigma/correlation-condition.js';
import type { SigmaCorrelation } from '../sigma/correlation.js';
import { firstAt, inOrder, type Entry } from './windows.js';

/** What entries are counted by: those of one kind count once. */
export function kindOf({ type }: SigmaCorrelation, { child, value }: Entry): unknown {
  return type === 'value_count' ? value : child;
}

/** Entries by kind. */
export class Kinds {
  readonly #counts = new Map<unknown, number>();

  get size(): number {
    return this.#counts.size;
  }

  countOf(kind: unknown): number {
    return this.#counts.get(kind) ?? 0;
  }

  add(kind: unknown): void {
    this.#counts.set(kind, this.countOf(kind) + 1);
  }

  remove(kind: unknown): void {
    const left = this.countOf(kind) - 1;
    if (left > 0) this.#counts.set(kind, left);
    else this.#counts.delete(kind);
  }
}

/** Whether any window over so many entries of these kinds can satisfy a rising correlation. */
export function canHold(correlation: SigmaCorrelation, entries: number, kinds: Kinds): boolean {
  switch (correlation.type) {
    case 'event_count':
      return holds(correlation.bounds, entries);
    case 'temporal_ordered':
      return kinds.size === correlation.rules.length;
    case 'value_count':
    case 'temporal':
      return kindsHold(correlation, kinds);
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile':
      return true;
  }
}

function kindsHold({ bounds, rules, expression }: SigmaCorrelation, kinds: Kinds): boolean {
  return expression
    ? evaluate(expression, (name) => kinds.countOf(rules.indexOf(name)) > 0)
    : holds(bounds, kinds.size);
}

export class Sweep {
  readonly #correlation: SigmaCorrelation;
  readonly #entries: readonly Entry[];
  readonly #kinds = new Kinds();
  #sum = 0;
  /** Values that are no whole numbers: taken away from a sum they leave a trace, so they are added up anew. */
  #uneven = 0;
  #from: number;
  /** Behind the last entry of the window. */
  #to: number;

  /** For windows that end with the entry, or later ones. */
  constructor(correlation: SigmaCorrelation, entries: readonly Entry[], at: number) {
    this.#correlation = correlation;
    this.#entries = entries;
    this.#from = firstAt(entries, (entries[at] as Entry).signal.timeMs - correlation.timespanMs);
    this.#to = this.#from;
  }

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  /** On to the window that ends with the entry; never back. */
  moveTo(at: number): void {
    const entries = this.#entries;
    while (this.#to <= at) this.#count(entries[this.#to++] as Entry, 1);
    const startMs = (entries[at] as Entry).signal.timeMs - this.#correlation.timespanMs;
    while ((entries[this.#from] as Entry).signal.timeMs < startMs)
      this.#count(entries[this.#from++] as Entry, -1);
  }

  /** Before an entry is taken out of the group. */
  forget(at: number): void {
    if (at >= this.#to) return;
    if (at >= this.#from) this.#count(this.#entries[at] as Entry, -1);
    else this.#from--;
    this.#to--;
  }

  holds(): boolean {
    const { type, bounds, rules } = this.#correlation;
    switch (type) {
      case 'event_count':
        return holds(bounds, this.#to - this.#from);
      case 'value_count':
      case 'temporal':
        return kindsHold(this.#correlation, this.#kinds);
      case 'temporal_ordered':
        return (
          this.#kinds.size === rules.length && inOrder(rules.length, this.#entries, this.#from, this.#to - 1)
        );
      case 'value_sum':
        return holds(bounds, this.#sumOf());
      case 'value_avg':
      case 'value_percentile':
        return false;
    }
  }

  #sumOf(): number {
    if (this.#uneven === 0 && Number.isSafeInteger(this.#sum)) return this.#sum;
    let sum = 0;
    for (let at = this.#from; at < this.#to; at++) sum += Number((this.#entries[at] as Entry).value);
    return sum;
  }

  #count(entry: Entry, times: 1 | -1): void {
    const { type } = this.#correlation;
    if (type === 'event_count') return;
    if (type === 'value_sum') {
      const value = Number(entry.value);
      if (Number.isSafeInteger(value)) this.#sum += times * value;
      else this.#uneven += times;
    } else if (times === 1) this.#kinds.add(kindOf(this.#correlation, entry));
    else this.#kinds.remove(kindOf(this.#correlation, entry));
  }
}
