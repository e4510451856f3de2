/**
 * The prefiltered matcher: routes an event to the rules of its kind of log, finds by literals which of them can hold at
 * all, and runs the whole condition of those alone. Its answer is that of the kernel's predicate on every rule.
 */
import type { Query } from '#kernel/query/ast.js';
import type { MatchedValue } from '#kernel/schema/alert.js';
import { SAMPLE_PATH, type Event } from '#kernel/event.js';
import { LIVE } from '#kernel/scope.js';
import { Arrivals, type Arrival, type Ear } from './matching/arrivals.js';
import { compileCondition, type Condition } from './matching/closure.js';
import { matchedValues } from './matching/explain.js';
import { Candidates, Group, ProbeCache, type Member } from './matching/group.js';
import { RouteMap, Routes, visitLeaves } from './matching/routes.js';
import { simplify } from './matching/simplify.js';
import { EventView, PathTable, type Viewed } from './matching/view.js';
import { Witnesses, type Atom } from './matching/witness.js';
import type { NamedQuery } from './sigma/detection.js';
import type { LoadedRule, RuleMatch } from './types.js';

/** A match of a rule of the matcher's own kind. */
export interface Match<R extends LoadedRule> extends RuleMatch {
  readonly rule: R;
}

/** What the matcher needs of a rule. */
export interface MatcherRule<R extends LoadedRule = LoadedRule> {
  readonly loaded: R;
  readonly source: Query;
  readonly detection: Query;
  readonly selections: readonly NamedQuery[];
}

/** What of an event is judged; with an ingest time, its arrival is noted, too. */
export type Arriving = Viewed & Partial<Pick<Event, 'ingestedMs' | 'realm'>>;

/** Routes that are remembered, at most; an event beyond goes through the general group, slower and just as exact. */
const MAX_ROUTES = 4096;

/** A kind of log: its candidates, and who hears that it came. */
interface Kind {
  readonly group: Group;
  readonly ear: Ear;
}

interface Prepared {
  readonly source: number;
  readonly witness: readonly Atom[] | undefined;
  /** Its condition asks about a routing path: another route may leave less of it. */
  readonly routed: boolean;
}

export class Matcher<R extends LoadedRule = LoadedRule> {
  readonly #rules: readonly MatcherRule<R>[];
  readonly #table = new PathTable();
  readonly #view: EventView;
  readonly #sampleSlot: number;
  readonly #holds = (source: number): boolean => this.#sourceHolds(source);
  readonly #sources: readonly Query[];
  readonly #bySource: readonly (readonly number[])[];
  readonly #prepared: readonly Prepared[];
  readonly #witnesses: Witnesses;
  readonly #routes: Routes;
  readonly #kinds: RouteMap<Kind>;
  readonly #arrivals: Arrivals;
  readonly #sourceByKey: ReadonlyMap<string, number>;
  readonly #cache = new ProbeCache();
  readonly #candidates: Candidates;
  readonly #tokens: Int32Array;
  #general: Kind | undefined;
  readonly #conditions: (Condition | undefined)[];
  readonly #sourceConditions: (Condition | undefined)[];

  /** Order of the rules is the order of the matches. `heard`: log sources of which the arrival is noted besides theirs. */
  constructor(rules: readonly MatcherRule<R>[], heard: readonly Query[] = []) {
    this.#rules = rules;
    this.#view = new EventView(this.#table);
    this.#sampleSlot = this.#table.slot(SAMPLE_PATH);
    const sources = new Map<string, { index: number; query: Query; rules: number[] }>();
    const sourceOf = rules.map(({ source }, rule) => {
      const key = JSON.stringify(source);
      const known = sources.get(key) ?? { index: sources.size, query: source, rules: [] };
      sources.set(key, known);
      known.rules.push(rule);
      return known.index;
    });
    for (const query of heard) {
      const key = JSON.stringify(query);
      if (!sources.has(key)) sources.set(key, { index: sources.size, query, rules: [] });
    }
    this.#sourceByKey = new Map([...sources].map(([key, { index }]) => [key, index]));
    this.#sources = [...sources.values()].map(({ query }) => query);
    this.#arrivals = new Arrivals(this.#sources.length);
    this.#bySource = [...sources.values()].map((source) => source.rules);
    const detections = rules.map(({ detection }) => detection);
    this.#routes = new Routes(this.#sources, detections, this.#table);
    this.#witnesses = new Witnesses(detections, this.#table);
    this.#prepared = rules.map(({ detection }, rule) => ({
      source: sourceOf[rule] as number,
      witness: this.#witnesses.of(detection),
      routed: asksRouting(detection, this.#routes),
    }));
    this.#kinds = new RouteMap(this.#routes.width, MAX_ROUTES);
    this.#tokens = new Int32Array(this.#routes.width);
    this.#candidates = new Candidates(rules.length);
    this.#conditions = new Array<Condition | undefined>(rules.length);
    this.#sourceConditions = new Array<Condition | undefined>(this.#sources.length);
  }

  /** Bytes of its literal tables so far. */
  get tableBytes(): number {
    return this.#cache.bytes;
  }

  /** When events of a log source came last, as far as this matcher has seen them. */
  arrivalOf(source: Query): Arrival | undefined {
    const index = this.#sourceByKey.get(JSON.stringify(source));
    return index === undefined ? undefined : this.#arrivals.of(index);
  }

  match(event: Arriving, onError: (rule: R, error: unknown) => void): readonly Match<R>[] {
    const view = this.#view;
    view.load(event);
    const { group, ear } = this.#kindOf();
    this.#noteArrival(ear, event);
    const candidates = this.#candidates;
    group.collect(view, candidates);
    let matches: Match<R>[] | undefined;
    for (let index = 0; index < candidates.count; index++) {
      const number = candidates.rules[index] as number;
      const rule = this.#rules[number] as MatcherRule<R>;
      try {
        if (group.unsettled.has(number) && !this.#sourceCondition(this.#prepared[number]?.source ?? 0)(view))
          continue;
        if (!this.#condition(number)(view)) continue;
        (matches ??= []).push(matchOf(rule, event));
      } catch (error) {
        onError(rule.loaded, error);
      }
    }
    return matches ?? NO_MATCHES;
  }

  /** A drill's events, and events without an ingest time (previews), tell nothing about production. */
  #noteArrival(ear: Ear, { ingestedMs, realm }: Arriving): void {
    if (ingestedMs === undefined || (realm !== undefined && realm !== LIVE)) return;
    const isSample = this.#view.raw(this.#sampleSlot) !== undefined;
    this.#arrivals.note(ear, ingestedMs, isSample, this.#holds);
  }

  /** Compiled when first wanted: most rules never are. */
  #condition(rule: number): Condition {
    return (this.#conditions[rule] ??= compileCondition(
      (this.#rules[rule] as MatcherRule<R>).detection,
      this.#table,
    ));
  }

  #sourceCondition(source: number): Condition {
    return (this.#sourceConditions[source] ??= compileCondition(this.#sources[source] as Query, this.#table));
  }

  /** A source that cannot be asked has not been heard; where a rule asks it, the failure is told. */
  #sourceHolds(source: number): boolean {
    try {
      return this.#sourceCondition(source)(this.#view);
    } catch {
      return false;
    }
  }

  #kindOf(): Kind {
    if (this.#routes.width === 0 || !this.#routes.read(this.#view, this.#tokens)) return this.#everything();
    const known = this.#kinds.get(this.#tokens);
    if (known) return known;
    if (this.#kinds.size >= MAX_ROUTES) return this.#everything();
    const kind = this.#buildKind(this.#tokens);
    this.#kinds.set(this.#tokens, kind);
    return kind;
  }

  /** All rules, nothing known of the event. */
  #everything(): Kind {
    return (this.#general ??= {
      group: new Group(
        this.#prepared.map(({ witness }, rule) => ({ rule, witness })),
        new Set(this.#prepared.keys()),
        this.#cache,
      ),
      ear: this.#arrivals.ear([], [...this.#sources.keys()]),
    });
  }

  #buildKind(tokens: Int32Array): Kind {
    const members: Member[] = [];
    const settled: number[] = [];
    const open: number[] = [];
    const unsettled = new Set<number>();
    const knows = (leaf: Parameters<Routes['knows']>[0]): boolean | undefined =>
      this.#routes.knows(leaf, tokens);
    for (const [index, source] of this.#sources.entries()) {
      const left = simplify(source, knows);
      if (left.kind === 'none') continue;
      (left.kind === 'all' ? settled : open).push(index);
      for (const rule of this.#bySource[index] as readonly number[]) {
        const { routed, witness } = this.#prepared[rule] as Prepared;
        if (left.kind !== 'all') unsettled.add(rule);
        if (!routed) members.push({ rule, witness });
        else {
          const detection = simplify((this.#rules[rule] as MatcherRule<R>).detection, knows);
          if (detection.kind === 'none') continue;
          members.push({ rule, witness: this.#witnesses.of(detection) });
        }
      }
    }
    members.sort((a, b) => a.rule - b.rule);
    return { group: new Group(members, unsettled, this.#cache), ear: this.#arrivals.ear(settled, open) };
  }
}

/** Where in the event the rule matched is looked for when it is asked for: of a flood of matches a few are shown. */
function matchOf<R extends LoadedRule>({ loaded, selections }: MatcherRule<R>, event: Arriving): Match<R> {
  let matched: readonly MatchedValue[] | undefined;
  return {
    rule: loaded,
    get matched() {
      return (matched ??= matchedValues(selections, event.fields));
    },
  };
}

const NO_MATCHES: readonly never[] = [];

function asksRouting(query: Query, routes: Routes): boolean {
  let asks = false;
  visitLeaves(query, (leaf) => {
    if ('path' in leaf && routes.isRouting(leaf.path)) asks = true;
  });
  return asks;
}
