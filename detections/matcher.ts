/**
 * The prefiltered matcher: routes an event to the rules of its kind of log, finds by literals which of them can hold at
 * all, and runs the whole condition of those alone. Its answer is that of the kernel's predicate on every rule.
 */
import type { Event } from '#kernel/event.js';
import type { Query } from '#kernel/query/ast.js';
import { compileCondition, type Condition } from './matching/closure.js';
import { matchedValues } from './matching/explain.js';
import { Candidates, Group, ProbeCache, type Member } from './matching/group.js';
import { RouteMap, Routes, visitLeaves } from './matching/routes.js';
import { simplify } from './matching/simplify.js';
import { EventView, PathTable } from './matching/view.js';
import { countAtoms, witnessOf, type Atom, type Frequencies } from './matching/witness.js';
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

/** Routes that are remembered, at most; an event beyond goes through the general group, slower and just as exact. */
const MAX_ROUTES = 4096;

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
  readonly #sources: readonly Query[];
  readonly #bySource: readonly (readonly number[])[];
  readonly #prepared: readonly Prepared[];
  readonly #frequencies: Frequencies = new Map();
  readonly #routes: Routes;
  readonly #groups: RouteMap<Group>;
  readonly #cache = new ProbeCache();
  readonly #candidates: Candidates;
  readonly #tokens: Int32Array;
  #general: Group | undefined;
  readonly #conditions: (Condition | undefined)[];
  readonly #sourceConditions: (Condition | undefined)[];

  /** Order of the rules is the order of the matches. */
  constructor(rules: readonly MatcherRule<R>[]) {
    this.#rules = rules;
    this.#view = new EventView(this.#table);
    const sources = new Map<string, { index: number; query: Query; rules: number[] }>();
    const sourceOf = rules.map(({ source }, rule) => {
      const key = JSON.stringify(source);
      const known = sources.get(key) ?? { index: sources.size, query: source, rules: [] };
      sources.set(key, known);
      known.rules.push(rule);
      return known.index;
    });
    this.#sources = [...sources.values()].map(({ query }) => query);
    this.#bySource = [...sources.values()].map((source) => source.rules);
    const detections = rules.map(({ detection }) => detection);
    this.#routes = new Routes(this.#sources, detections);
    for (const detection of detections) countAtoms(detection, this.#table, this.#frequencies);
    this.#prepared = rules.map(({ detection }, rule) => ({
      source: sourceOf[rule] as number,
      witness: witnessOf(detection, this.#table, this.#frequencies),
      routed: asksRouting(detection, this.#routes),
    }));
    this.#groups = new RouteMap(this.#routes.width, MAX_ROUTES);
    this.#tokens = new Int32Array(this.#routes.width);
    this.#candidates = new Candidates(rules.length);
    this.#conditions = new Array<Condition | undefined>(rules.length);
    this.#sourceConditions = new Array<Condition | undefined>(this.#sources.length);
  }

  /** Bytes of its literal tables so far. */
  get tableBytes(): number {
    return this.#cache.bytes;
  }

  match(event: Pick<Event, 'fields'>, onError: (rule: R, error: unknown) => void): readonly Match<R>[] {
    const view = this.#view;
    view.load(event.fields);
    const group = this.#groupOf(event);
    const candidates = this.#candidates;
    group.collect(view, candidates);
    let matches: Match<R>[] | undefined;
    for (let index = 0; index < candidates.count; index++) {
      const number = candidates.rules[index] as number;
      const rule = this.#rules[number] as MatcherRule<R>;
      try {
        if (group.unsettled.has(number) && !this.#sourceCondition(number)(view)) continue;
        if (!this.#condition(number)(view)) continue;
        (matches ??= []).push({ rule: rule.loaded, matched: matchedValues(rule.selections, event.fields) });
      } catch (error) {
        onError(rule.loaded, error);
      }
    }
    return matches ?? NO_MATCHES;
  }

  /** Compiled when first wanted: most rules never are. */
  #condition(rule: number): Condition {
    return (this.#conditions[rule] ??= compileCondition(
      (this.#rules[rule] as MatcherRule<R>).detection,
      this.#table,
    ));
  }

  #sourceCondition(rule: number): Condition {
    const source = (this.#prepared[rule] as Prepared).source;
    return (this.#sourceConditions[source] ??= compileCondition(this.#sources[source] as Query, this.#table));
  }

  #groupOf(event: Pick<Event, 'fields'>): Group {
    if (this.#routes.width === 0 || !this.#routes.read(event.fields, this.#tokens)) return this.#everything();
    const known = this.#groups.get(this.#tokens);
    if (known) return known;
    if (this.#groups.size >= MAX_ROUTES) return this.#everything();
    const group = this.#buildGroup(this.#tokens);
    this.#groups.set(this.#tokens, group);
    return group;
  }

  /** All rules, nothing known of the event. */
  #everything(): Group {
    return (this.#general ??= new Group(
      this.#prepared.map(({ witness }, rule) => ({ rule, witness })),
      new Set(this.#prepared.keys()),
      this.#cache,
    ));
  }

  #buildGroup(tokens: Int32Array): Group {
    const members: Member[] = [];
    const unsettled = new Set<number>();
    const knows = (leaf: Parameters<Routes['knows']>[0]): boolean | undefined =>
      this.#routes.knows(leaf, tokens);
    for (const [index, source] of this.#sources.entries()) {
      const left = simplify(source, knows);
      if (left.kind === 'none') continue;
      for (const rule of this.#bySource[index] as readonly number[]) {
        const { routed, witness } = this.#prepared[rule] as Prepared;
        if (left.kind !== 'all') unsettled.add(rule);
        if (!routed) members.push({ rule, witness });
        else {
          const detection = simplify((this.#rules[rule] as MatcherRule<R>).detection, knows);
          if (detection.kind === 'none') continue;
          members.push({ rule, witness: witnessOf(detection, this.#table, this.#frequencies) });
        }
      }
    }
    members.sort((a, b) => a.rule - b.rule);
    return new Group(members, unsettled, this.#cache);
  }
}

const NO_MATCHES: readonly never[] = [];

function asksRouting(query: Query, routes: Routes): boolean {
  let asks = false;
  visitLeaves(query, (leaf) => {
    if ('path' in leaf && routes.isRouting(leaf.path)) asks = true;
  });
  return asks;
}
