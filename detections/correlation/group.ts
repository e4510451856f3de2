/** What one correlation knows of one group: its entries in order of event time, and which windows have matched. */
import type { MatchedEvent } from '#kernel/schema/alert.js';
import type { Signal } from '#kernel/schema/correlation.js';
import type { SigmaCorrelation } from '../sigma/correlation.js';
import { before, behind, firstAt, holdsAt, isRising, matchedBy, openersOf, type Entry } from './windows.js';

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
    if (at === entries.length) entries.push(entry);
    else entries.splice(at, 0, entry);
    if (timeMs > this.greatestMs) this.greatestMs = timeMs;
    return plan.rising ? this.#rise(timeMs, plan) : this.#settle(this.greatestMs - ALLOWED_LATENESS_MS, plan);
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
    const { timespanMs } = correlation;
    const hits: Hit[] = [];
    for (let at = firstAt(entries, timeMs); at < entries.length; at++) {
      const anchor = entries[at] as Entry;
      if (anchor.signal.timeMs - timeMs > timespanMs) break;
      if (anchor.fired) continue;
      const from = firstAt(entries, anchor.signal.timeMs - timespanMs);
      if (!holdsAt(correlation, entries, from, at)) continue;
      anchor.fired = true;
      hits.push({ anchor, fresh: tell(entries, from, at + 1) });
    }
    return hits;
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
  expire(ingestedMs: number): number {
    const { entries } = this;
    let at = 0;
    while (at < entries.length && (entries[at] as Entry).signal.ingestedMs < ingestedMs) at++;
    if (at > 0) entries.splice(0, at);
    return at;
  }

  /** Forgets the oldest; gives how many of what it forgot could still have made a match. */
  shrink(most: number, { keptMs }: Plan): number {
    let lost = 0;
    while (this.entries.length > most) {
      const { told, signal } = this.entries.shift() as Entry;
      if (!told && this.greatestMs - signal.timeMs <= keptMs) lost++;
    }
    return lost;
  }
}

/** The signals of an entry: its own, and what it was made of. */
export function signalsOf(entries: readonly Entry[]): readonly Signal[] {
  const signals = new Map<string, Signal>();
  for (const { signal, brings } of entries)
    for (const one of [...brings, signal]) signals.set(`${one.rule} ${one.id}`, one);
  return [...signals.values()];
}

function tell(entries: readonly Entry[], from: number, to: number): Entry[] {
  const fresh: Entry[] = [];
  for (let at = from; at < to; at++) {
    const entry = entries[at] as Entry;
    if (entry.told) continue;
    entry.told = true;
    fresh.push(entry);
  }
  return fresh;
}
