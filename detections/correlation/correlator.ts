/**
 * The state of all correlations of a set: a machine that is fed signals and ingest times, and nothing else. Fed the same
 * in the same order it comes to the same state, so that the signals of judgements bring it back after a restart.
 */
import { fold } from '#kernel/query/fold.js';
import type { MatchedEvent } from '#kernel/schema/alert.js';
import type { CorrelationChange, Signal } from '#kernel/schema/correlation.js';
import { NO_CORRELATIONS, type Correlations, type Definition, type FieldPlaces } from './definition.js';
import { Group, Plan, signalsOf, type Hit } from './group.js';
import { dumpState, loadState } from './state.js';
import type { Entry } from './windows.js';

/** What one correlation may keep, at most: beyond it, the group that was fed longest ago is forgotten. */
const MOST_GROUPS = 20_000;
const MOST_SIGNALS = 50_000;
/** A group's value may be a log line of megabytes. */
const MOST_VALUE_LENGTH = 256;
/** The state is kept whole in a judgement after so many rows, frames or signals (or twice its size) since it was last. */
const ROWS_A_STATE = 500;
const FRAMES_A_STATE = 5_000;
const FEWEST_SIGNALS_A_STATE = 5_000;

/** A window of a correlation has matched. */
export interface Firing {
  readonly definition: Definition;
  readonly group: { readonly key: string; readonly values: readonly string[] };
  /** The event that the window ends with. */
  readonly anchor: Signal;
  /** Events that made it, those left out that a match of the group has named before. */
  readonly evidence: readonly Signal[];
  /** Of a window that was judged when it closed: the first event of the group. Else the event that was fed is shown. */
  readonly kept: MatchedEvent | undefined;
}

/** What a step of the machine works with. */
interface Step {
  /** A copy of the event that is fed, made once it is asked for. */
  readonly keep: () => MatchedEvent | undefined;
  /** What an alert shows where no event is fed, but time has passed. */
  readonly shown: MatchedEvent | undefined;
  readonly firings: Firing[];
}

/** @internal One correlation with its groups, those fed longest ago first. */
export class Runtime {
  readonly definition: Definition;
  readonly plan: Plan;
  readonly groups = new Map<string, Group>();
  /** Greatest event time of what is kept apart. */
  readonly greatest = new Map<string, number>();
  signals = 0;

  constructor(definition: Definition) {
    this.definition = definition;
    this.plan = new Plan(definition.correlation);
  }
}

export class Correlator {
  #runtimes = new Map<string, Runtime>();
  #feeds = new Map<string, { readonly runtime: Runtime; readonly child: number }[]>();
  #correlations: Correlations = NO_CORRELATIONS;
  #clockMs = -Infinity;
  #signals: Signal[] = [];
  /** Windows have matched for the time that has passed. */
  #closed = false;
  #lost = new Map<string, number>();
  /** Since the state was kept whole. */
  #rows = 0;
  #frames = 0;
  #fed = 0;
  #begun = false;

  constructor(correlations: Correlations = NO_CORRELATIONS) {
    this.use(correlations);
  }

  /** Another set of rules: what it has of the same correlations keeps its state, the rest begins anew or goes. */
  use(correlations: Correlations): void {
    if (correlations === this.#correlations) return;
    const before = this.#runtimes;
    this.#correlations = correlations;
    this.#runtimes = new Map();
    this.#feeds = new Map();
    for (const definition of correlations.definitions) {
      const runtime = new Runtime(definition);
      const known = before.get(definition.key);
      if (known) adopt(runtime, known);
      this.#runtimes.set(definition.key, runtime);
      for (const [child, id] of definition.children.entries()) {
        const feeds = this.#feeds.get(id) ?? [];
        feeds.push({ runtime, child });
        this.#feeds.set(id, feeds);
      }
    }
    this.#begun = false;
  }

  /** Signals that are kept, over all correlations. */
  get size(): number {
    let size = 0;
    for (const { signals } of this.#runtimes.values()) size += signals;
    return size;
  }

  /** A frame begins: forgets what is too old, and judges the windows that nothing can come to any more. */
  tick(ingestedMs: number): Firing[] {
    this.#frames++;
    if (ingestedMs > this.#clockMs) this.#clockMs = ingestedMs;
    const firings: Firing[] = [];
    for (const runtime of this.#runtimes.values())
      for (const group of runtime.groups.values()) {
        if (group.touchedMs + runtime.plan.keptMs >= this.#clockMs) break;
        this.#drop(runtime, group, firings);
      }
    // What has matched must not match again after a restart.
    if (firings.length > 0) this.#closed = true;
    return firings;
  }

  /** The logs have ended: closes all windows. */
  end(): Firing[] {
    const firings: Firing[] = [];
    // A closing window may feed another correlation; a chain is no longer than there are correlations.
    for (const _ of this.#runtimes)
      for (const runtime of this.#runtimes.values())
        for (const group of runtime.groups.values()) this.#drop(runtime, group, firings);
    return firings;
  }

  /** Feeds a match. `copy` is asked for where an alert may need the event later. */
  add(signal: Signal, copy: () => MatchedEvent | undefined): Firing[] {
    const firings: Firing[] = [];
    let event: MatchedEvent | undefined;
    const keep = (): MatchedEvent | undefined => (event ??= copy());
    this.#feed(signal.rule, signal, [], { keep, shown: undefined, firings });
    this.#signals.push(event === undefined ? signal : { ...signal, event });
    return firings;
  }

  /** What the judgement must carry; undefined where nothing has changed. `isRow`: the judgement is kept anyway. */
  takeChange(isRow: boolean): CorrelationChange | undefined {
    const hasState = this.#correlations.definitions.length > 0;
    const isFed = this.#signals.length > 0 || this.#lost.size > 0 || this.#closed;
    const isDue = hasState && (!this.#begun || this.#frames >= FRAMES_A_STATE);
    if (!isFed && !isDue && !(isRow && hasState)) return undefined;
    this.#rows++;
    this.#fed += this.#signals.length;
    const isLong = this.#rows >= ROWS_A_STATE || this.#fed >= Math.max(FEWEST_SIGNALS_A_STATE, 2 * this.size);
    const whole = isDue || (hasState && isLong);
    if (!whole && !isFed) return undefined;
    const change: CorrelationChange = {
      clockMs: this.#clockMs,
      signals: this.#signals,
      ...(this.#lost.size > 0 && { lost: [...this.#lost].map(([rule, count]) => ({ rule, count })) }),
      ...(whole && { state: dumpState(this.#runtimes) }),
    };
    this.#forgetChange();
    if (whole) this.#keptWhole();
    return change;
  }

  /** Comes to the state after these changes, the oldest of which holds a whole state or is the first of all. */
  restore(changes: readonly CorrelationChange[]): void {
    const correlations = this.#correlations;
    this.#runtimes = new Map();
    this.#correlations = NO_CORRELATIONS;
    this.use(correlations);
    this.#clockMs = -Infinity;
    for (const { clockMs, signals, state } of changes) {
      if (state) {
        loadState(state, this.#runtimes);
        this.#clockMs = clockMs;
        this.#keptWhole();
        continue;
      }
      this.tick(clockMs);
      for (const { event, ...signal } of signals)
        this.#feed(signal.rule, signal, [], { keep: () => event, shown: undefined, firings: [] });
      this.#fed += signals.length;
      this.#rows++;
    }
    this.#forgetChange();
  }

  #forgetChange(): void {
    this.#signals = [];
    this.#lost = new Map();
    this.#closed = false;
  }

  #keptWhole(): void {
    this.#begun = true;
    this.#rows = 0;
    this.#frames = 0;
    this.#fed = 0;
  }

  #feed(rule: string, signal: Signal, brings: readonly Signal[], step: Step): void {
    for (const { runtime, child } of this.#feeds.get(rule) ?? [])
      this.#put(runtime, child, signal, brings, step);
  }

  #put(runtime: Runtime, child: number, signal: Signal, brings: readonly Signal[], step: Step): void {
    const { definition, plan } = runtime;
    const reading = definition.readings[child]?.get(signal.rule);
    if (reading === undefined) return;
    const values = reading.groupBy.map((places) => textAt(signal, places));
    const value = valueOf(definition, reading.fields, signal);
    // What does not have the field is of no group, and has nothing to be counted.
    if (values.includes(undefined) || value === NONE) return;
    const group = this.#groupOf(runtime, signal, values as string[]);
    if (!plan.rising && group.entries.length === 0) group.kept = step.keep();
    group.touchedMs = this.#clockMs;
    const entry: Entry = { signal, child, value, brings, fired: false, told: false };
    const size = group.entries.length;
    // A window that is judged when it closes goes then.
    if (plan.rising) group.expire(this.#clockMs - plan.keptMs, plan);
    const { kept } = group;
    const hits = group.put(entry, plan);
    this.#note(definition, group.shrink(plan));
    runtime.signals += group.entries.length - size;
    // A window has closed, and the entry stands in another.
    if (!plan.rising && group.entries.length === 1) group.kept = step.keep();
    this.#fire(runtime, group, hits ?? [], { ...step, shown: kept ?? step.shown });
    this.#makeRoom(runtime, group, step.firings);
  }

  #groupOf(runtime: Runtime, signal: Signal, values: readonly string[]): Group {
    const partition = partitionOf(signal);
    const greatest = runtime.greatest.get(partition) ?? -Infinity;
    if (signal.timeMs > greatest) runtime.greatest.set(partition, signal.timeMs);
    const key = `${partition}${JSON.stringify(values.map(fold))}`;
    const known = runtime.groups.get(key);
    // Those fed last stand last.
    if (known) runtime.groups.delete(key);
    const group = known ?? new Group(key, partition, values);
    runtime.groups.set(key, group);
    return group;
  }

  #fire({ definition }: Runtime, group: Group, hits: readonly Hit[], step: Step): void {
    for (const { anchor, fresh } of hits) {
      const evidence = signalsOf(fresh);
      const { key, values } = group;
      step.firings.push({
        ...{ definition, evidence, kept: step.shown },
        group: { key, values },
        anchor: anchor.signal,
      });
      const brings = evidence.filter((one) => one !== anchor.signal);
      this.#feed(definition.rule.id, anchor.signal, brings, step);
    }
  }

  /** The group goes; its windows are judged with what is there. */
  #drop(runtime: Runtime, group: Group, firings: Firing[]): void {
    runtime.groups.delete(group.key);
    runtime.signals -= group.entries.length;
    const { kept } = group;
    this.#fire(runtime, group, group.close(runtime.plan), { keep: () => kept, shown: kept, firings });
  }

  #makeRoom(runtime: Runtime, fed: Group, firings: Firing[]): void {
    const { plan, groups, definition } = runtime;
    for (const group of groups.values()) {
      if (groups.size <= MOST_GROUPS && runtime.signals <= MOST_SIGNALS) return;
      if (group === fed) return;
      const oldestMs = (runtime.greatest.get(group.partition) ?? -Infinity) - plan.keptMs;
      const lost = group.entries.filter(({ told, signal }) => !told && signal.timeMs >= oldestMs).length;
      this.#note(definition, lost);
      this.#drop(runtime, group, firings);
    }
  }

  #note({ rule }: Definition, lost: number): void {
    if (lost > 0) this.#lost.set(rule.id, (this.#lost.get(rule.id) ?? 0) + lost);
  }
}

function adopt(runtime: Runtime, known: Runtime): void {
  for (const [key, group] of known.groups) runtime.groups.set(key, group);
  for (const [partition, timeMs] of known.greatest) runtime.greatest.set(partition, timeMs);
  runtime.signals = known.signals;
}

/** Never correlated with each other: units, realms, recordings. None of them holds a line break. */
function partitionOf({ unit, realm, sample = '' }: Signal): string {
  return `${unit}\n${realm}\n${sample.replaceAll('\n', ' ')}\n`;
}

function textAt({ fields }: Signal, places: FieldPlaces): string | undefined {
  for (const path of places) {
    const value = Object.hasOwn(fields, path) ? String(fields[path]) : '';
    if (value !== '') return value.slice(0, MOST_VALUE_LENGTH);
  }
  return undefined;
}

const NONE = Symbol('no value');

/** What is counted: text, of several fields together; what is computed with: a number. */
export function valueOf(
  { correlation: { type, percentile } }: Definition,
  fields: readonly FieldPlaces[],
  signal: Signal,
): string | number | undefined | typeof NONE {
  if (fields.length === 0) return undefined;
  const texts = fields.map((places) => textAt(signal, places));
  if (texts.includes(undefined)) return NONE;
  if (type === 'value_count' || (type === 'value_percentile' && percentile === undefined))
    return JSON.stringify((texts as string[]).map(fold));
  if (!type.startsWith('value_')) return undefined;
  const number = Number(texts[0]);
  return Number.isFinite(number) ? number : NONE;
}
