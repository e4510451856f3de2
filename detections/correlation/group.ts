/** What one correlation knows of one group: its entries in order of event time, and which windows have matched. */
import type { MatchedEvent } from '#kernel/schema/alert.js';
import type { Signal } from '#kernel/schema/correlation.js';
import type { SigmaCorrelation } from '../sigma/correlation.js';
import { canHold, kindOf, Kinds, Sweep } from './sweep.js';
import { before, behind, firstAt, isRising, matchedBy, openersOf, type Entry } from './windows.js';

/**
 * So much later than others of its group an event may come and still be put where it belongs: windows that are judged when
 * they close wait for it, and what it could complete is kept. One that comes later is judged with what is still there.
 */
export const ALLOWED_LATENESS_MS = 10 * 60_000;
/** A group keeps at least so many entries, or twice as many as its correlation counts to. */
const FEWEST_ENTRIES = 1_000;
/** What is computed of values needs all of them. */
const MOST_COMPUTED = 10_000;

/** What is the same for all groups of a correlation. */
export class Plan {
  readonly correlation: SigmaCorrelation;
  readonly rising: boolean;
  readonly openers: ReadonlySet<number>;
  readonly mostEntries: number;
  /** An event counts once, however many of the rules it matched. */
  readonly onceAnEvent: boolean;
  /** Entries are kept so long after their acceptance. */
  readonly keptMs: number;

  constructor(correlation: SigmaCorrelation) {
    this.correlation = correlation;
    this.rising = isRising(correlation);
    this.openers = openersOf(correlation);
    const counted = correlation.type === 'event_count' || correlation.type === 'value_count';
    const bound = counted ? Math.max(0, ...Object.values(correlation.bounds)) : 0;
    const computed = !counted && correlation.type.startsWith('value_');
    this.mostEntries = computed ? MOST_COMPUTED : Math.max(FEWEST_ENTRIES, 2 * bound);
    this.onceAnEvent = !correlation.type.startsWith('temporal');
    this.keptMs = correlation.timespanMs + ALLOWED_LATENESS_MS;
  }
}

/** A window that matched. */
export interface Hit {
  /** The entry that it ends with. */
  readonly anchor: Entry;
  /** Its entries that no match has named before. */
  readonly fresh: readonly Entry[];
}

export class Group {
  readonly key: string;
  /** What is kept apart even where the values are the same: unit, realm, recording. */
  readonly partition: string;
  /** Values of the grouping, as they came first. */
  readonly values: readonly string[];
  readonly entries: Entry[] = [];
  readonly #kinds = new Kinds();
  /** The window that ended with the last entry, as long as entries come in order. */
  #tail: Sweep | undefined;
  #untold = 0;
  /** Ingest time of what was put in last. */
  touchedMs = -Infinity;
  greatestMs = -Infinity;
  /** Copy of the first event, where windows are judged when they close. */
  kept: MatchedEvent | undefined;

  constructor(key: string, partition: string, values: readonly string[]) {
    this.key = key;
    this.partition = partition;
    this.values = values;
  }

  /** Undefined where the event is in already. */
  put(entry: Entry, plan: Plan): readonly Hit[] | undefined {
    const { entries } = this;
    const { timeMs } = entry.signal;
    let at = entries.length;
    const last = entries.at(-1);
    if (last && before(entry, last)) {
      at = firstAt(entries, timeMs);
      while (at < entries.length && before(entries[at] as Entry, entry)) at++;
    }
    if (this.#has(entry, plan)) return undefined;
    this.#insert(entry, at, plan);
    return plan.rising ? this.#rise(timeMs, plan) : this.#settle(this.greatestMs - ALLOWED_LATENESS_MS, plan);
  }

  /** Puts an entry of a state that was kept behind the others. */
  load(entry: Entry, plan: Plan): void {
    this.#insert(entry, this.entries.length, plan);
  }

  #insert(entry: Entry, at: number, { rising, correlation }: Plan): void {
    const { entries } = this;
    if (at === entries.length) entries.push(entry);
    else {
      entries.splice(at, 0, entry);
      this.#tail = undefined;
    }
    if (entry.signal.timeMs > this.greatestMs) this.greatestMs = entry.signal.timeMs;
    if (!rising) return;
    this.#kinds.add(kindOf(correlation, entry));
    if (!entry.told) this.#untold++;
  }

  /** Takes an entry out of a group whose windows match as they rise. */
  #remove(at: number, { correlation }: Plan): Entry {
    const entry = this.entries[at] as Entry;
    this.#tail?.forget(at);
    this.#kinds.remove(kindOf(correlation, entry));
    if (!entry.told) this.#untold--;
    if (at === 0) this.entries.shift();
    else this.entries.splice(at, 1);
    return entry;
  }

  #has({ signal, child }: Entry, { onceAnEvent }: Plan): boolean {
    const { entries } = this;
    for (let at = behind(entries, signal.timeMs) - 1; at >= 0; at--) {
      const other = entries[at] as Entry;
      if (other.signal.timeMs !== signal.timeMs) return false;
      if (other.signal.id === signal.id && (onceAnEvent || other.child === child)) return true;
    }
    return false;
  }

  /** Windows that end at or after the time, and may hold it. */
  #rise(timeMs: number, { correlation }: Plan): Hit[] {
    const { entries } = this;
    const hits: Hit[] = [];
    if (!canHold(correlation, entries.length, this.#kinds)) return hits;
    let at = firstAt(entries, timeMs);
    let sweep = this.#tail?.to === at ? this.#tail : new Sweep(correlation, entries, at);
    for (; at < entries.length; at++) {
      const anchor = entries[at] as Entry;
      if (anchor.signal.timeMs - timeMs > correlation.timespanMs) break;
      if (anchor.fired) continue;
      // After a row of windows that have matched a new one begins faster than the old one moves.
      if (at - sweep.to > entries.length / 2) sweep = new Sweep(correlation, entries, at);
      sweep.moveTo(at);
      if (!sweep.holds()) continue;
      anchor.fired = true;
      hits.push({ anchor, fresh: this.#tell(sweep.from, at) });
    }
    this.#tail = sweep.to === entries.length ? sweep : undefined;
    return hits;
  }

  /** Names what has not been named, from the last entry of the window back. */
  #tell(from: number, last: number): Entry[] {
    const fresh: Entry[] = [];
    for (let at = last; at >= from && this.#untold > 0; at--) {
      const entry = this.entries[at] as Entry;
      if (entry.told) continue;
      entry.told = true;
      this.#untold--;
      fresh.push(entry);
    }
    return fresh.reverse();
  }

  /** Judges windows that lie wholly before the time, and forgets them. */
  #settle(untilMs: number, { correlation, openers }: Plan): Hit[] {
    const { entries } = this;
    const hits: Hit[] = [];
    for (;;) {
      const first = entries.findIndex(({ child }) => openers.has(child));
      if (first < 0) {
        // What must be absent counts only after what opens a window.
        entries.splice(0, firstAt(entries, untilMs));
        return hits;
      }
      const endMs = (entries[first] as Entry).signal.timeMs + correlation.timespanMs;
      if (endMs >= untilMs) return hits;
      const window = entries.splice(0, behind(entries, endMs)).slice(first);
      const matched = matchedBy(correlation, window);
      const anchor = matched.findLast(({ child }) => openers.has(child));
      if (anchor) hits.push({ anchor, fresh: matched.filter(({ child }) => openers.has(child)) });
    }
  }

  /** No more is waited for. */
  close(plan: Plan): Hit[] {
    return plan.rising ? [] : this.#settle(Infinity, plan);
  }

  /** Forgets what was accepted before the time, from the oldest event on. */
  expire(ingestedMs: number, plan: Plan): void {
    for (let first = this.entries[0]; first && first.signal.ingestedMs < ingestedMs; first = this.entries[0])
      this.#remove(0, plan);
  }

  /**
   * Forgets the oldest, first of those that a later one stands for; gives how many of what it forgot could still have made
   * a match.
   */
  shrink(plan: Plan): number {
    let lost = 0;
    while (this.entries.length > plan.mostEntries) {
      const spare = plan.rising ? this.#spare(plan) : -1;
      const { told, signal } = plan.rising
        ? this.#remove(Math.max(0, spare), plan)
        : (this.entries.shift() as Entry);
      if (spare < 0 && !told && this.greatestMs - signal.timeMs <= plan.keptMs) lost++;
    }
    return lost;
  }

  /** The oldest entry that a later one stands for: of the same kind, in a sequence the next at once; -1: there is none. */
  #spare({ correlation }: Plan): number {
    const { entries } = this;
    switch (correlation.type) {
      case 'value_count':
      case 'temporal':
        return entries.findIndex((entry) => this.#kinds.countOf(kindOf(correlation, entry)) > 1);
      case 'temporal_ordered':
        return entries.findIndex(({ child }, at) => entries[at + 1]?.child === child);
      case 'event_count':
      case 'value_sum':
      case 'value_avg':
      case 'value_percentile':
        return -1;
    }
  }
}

/** The signals of an entry: its own, and what it was made of. */
export function signalsOf(entries: readonly Entry[]): readonly Signal[] {
  const signals = new Map<string, Signal>();
  for (const { signal, brings } of entries)
    for (const one of [...brings, signal]) signals.set(`${one.rule} ${one.id}`, one);
  return [...signals.values()];
}
