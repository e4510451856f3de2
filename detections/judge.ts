/**
 * The decision: a frame under one set of rules becomes a judgement. Pure, apart from the open groups that it looks up and
 * the state of the correlations, which it is given and leaves behind.
 */
import { iso } from '#kernel/clock.js';
import type { Event, Frame } from '#kernel/event.js';
import type { Entity } from '#kernel/schema/alert.js';
import type { Judgement, LedgerCounts } from '#kernel/schema/judgement.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { outcomeUrgency } from '#kernel/vocabulary.js';
import { alarmOf } from './alarm.js';
import { outcomeOf, ownNetworks, type IsOwn, type JudgedOutcome } from './attack-facts.js';
import { Correlator, type Firing } from './correlation/correlator.js';
import { NO_CORRELATIONS, type Correlations } from './correlation/definition.js';
import { feedMatch, groupedBy } from './correlation/signal.js';
import {
  alarmKeyOf,
  correlatedKeyOf,
  entityOf,
  floodKeyOf,
  groupKeyOf,
  MatchGroup,
  type Hit,
  type Telling,
} from './effects.js';
import { NO_EXCEPTIONS, type ExceptionSet } from './exceptions.js';
import { FloodGate } from './flood.js';
import type { LoadedRule, RuleMatch, RuleSet } from './types.js';

/** Which alert is open for a group. */
export interface OpenGroups {
  find(groupKey: string): string | undefined;
}

/** Told of every evaluation that failed, besides its being counted. */
export type OnRuleError = (rule: LoadedRule, error: unknown, event: Event) => void;

/** What a judgement depends on besides the frame and the rules. */
export interface JudgingOptions {
  readonly onRuleError?: OnRuleError;
  /** Which addresses are ours. Default: the usual private networks. */
  readonly isOwn?: IsOwn;
  /** Default: none. */
  readonly exceptions?: ExceptionSet;
  /** Holds the correlations of the rules, and what the frames before have fed to them. Default: one that was fed nothing. */
  readonly correlator?: Correlator;
  /** How many alerts rules may open, and have opened of late. Default: as usual, and none yet. */
  readonly flood?: FloodGate;
}

const USUAL = ownNetworks();

/** Judges a frame at once. */
export function judge(
  frame: Frame,
  rules: RuleSet,
  groups: OpenGroups,
  judgedAtMs: number,
  options: JudgingOptions = {},
): Judgement {
  const judging = new Judging(rules, groups, options);
  judging.begin(frame);
  for (const event of frame.events) judging.add(event);
  return judging.finish(frame, judgedAtMs);
}

interface Told {
  readonly groupKey: string;
  readonly entity: Entity;
  readonly hit: Hit;
  readonly how: Pick<Telling, 'firing' | 'alarm'>;
}

/** What succeeded has a limit of its own: attempts in their thousands must not hide it. */
function meterOf(rule: LoadedRule, { outcome }: JudgedOutcome): string {
  return outcomeUrgency(outcome) > 0 ? `${rule.id} ${outcome}` : rule.id;
}

type Counts = { -readonly [K in keyof LedgerCounts]: LedgerCounts[K] };

interface Tally {
  readonly rule: LoadedRule;
  readonly counts: Counts;
}

/** What of an alert is shown is a few of its hits: only those are asked where they matched. */
function hitOf(match: RuleMatch, event: Event): Hit {
  return {
    event,
    get matched() {
      return match.matched;
    },
  };
}

/** Judges a frame event by event, so that the caller can let others run meanwhile; the judgement is one all the same. */
export class Judging {
  readonly #rules: RuleSet;
  readonly #open: OpenGroups;
  readonly #tallies = new Map<LoadedRule, Tally>();
  readonly #groups = new Map<string, MatchGroup>();
  readonly #onError: (rule: LoadedRule, error: unknown) => void;
  readonly #isOwn: IsOwn;
  readonly #exceptions: ExceptionSet;
  readonly #correlations: Correlations;
  readonly #correlator: Correlator;
  readonly #flood: FloodGate;
  /** Matches by the exception that took them. */
  readonly #taken = new Map<string, number>();
  #event: Event | undefined;

  constructor(rules: RuleSet, groups: OpenGroups, options: JudgingOptions = {}) {
    const { onRuleError, isOwn = USUAL, exceptions = NO_EXCEPTIONS, correlator, flood } = options;
    this.#rules = rules;
    this.#open = groups;
    this.#flood = flood ?? new FloodGate();
    this.#correlations = rules.correlations ?? NO_CORRELATIONS;
    this.#correlator = correlator ?? new Correlator(this.#correlations);
    this.#isOwn = isOwn;
    this.#exceptions = exceptions;
    this.#onError = (rule, error) => {
      this.#tally(rule).errors++;
      onRuleError?.(rule, error, this.#event as Event);
    };
  }

  /** Before the first event: windows that are due since the frame before are judged. */
  begin({ ingestedMs }: Pick<Frame, 'ingestedMs'>): void {
    this.#flood.begin(ingestedMs);
    this.#correlate(this.#correlator.tick(ingestedMs));
  }

  add(event: Event): void {
    this.#event = event;
    for (const match of this.#rules.match(event, this.#onError)) {
      this.#tally(match.rule).matches++;
      if (this.#take(match, event)) continue;
      const firings = feedMatch(this.#correlations, this.#correlator, match, event);
      if (firings.length > 0) this.#correlate(firings, hitOf(match, event));
    }
  }

  /** What becomes of a match by itself. True where an exception says that it is fine: then it is no signal either. */
  #take(match: RuleMatch, event: Event): boolean {
    const { rule } = match;
    const counts = this.#tally(rule);
    const alarm = rule.passthrough && alarmOf(rule, event, this.#isOwn);
    const level = alarm ? alarm.severity : rule.level;
    const isSignal = level === 'informational' || this.#correlations.silent.has(rule.id);
    if (isSignal && !this.#correlations.leaves.has(rule.id)) {
      counts.signalled++;
      return false;
    }
    const entity = entityOf(rule, event);
    const groupKey = (alarm && alarmKeyOf(rule, alarm, event)) ?? groupKeyOf(rule, entity, event);
    const taking = this.#exceptions.taking(rule.id, event, groupKey);
    if (taking && !(isSignal && taking.kind === 'mute')) {
      counts[taking.kind === 'mute' ? 'suppressed' : 'excepted']++;
      this.#count(taking.id);
      return taking.kind !== 'mute';
    }
    const hit = hitOf(match, event);
    if (isSignal) counts.signalled++;
    else this.#tell(rule, { groupKey, entity, hit, how: { ...(alarm && { alarm }) } });
    return false;
  }

  /** `by`: the event that made them show; none where time did. */
  #correlate(firings: readonly Firing[], by?: Hit): void {
    for (const firing of firings) {
      const { rule } = firing.definition;
      const counts = this.#tally(rule);
      counts.matches++;
      if (rule.level === 'informational' || this.#correlations.silent.has(rule.id)) {
        counts.signalled++;
        continue;
      }
      const shown = firing.kept ?? by;
      if (shown === undefined) throw new Error(`correlation ${rule.id} matched without an event to show`);
      const event = shown.event as Event;
      const entity = entityOf(rule, event);
      const groupKey = correlatedKeyOf(firing);
      const taking = this.#exceptions.taking(rule.id, event, groupKey);
      if (taking) {
        counts[taking.kind === 'mute' ? 'suppressed' : 'excepted']++;
        this.#count(taking.id);
        continue;
      }
      const hit = { event, matched: [...groupedBy(firing), ...shown.matched] };
      this.#tell(rule, { groupKey, entity, hit, how: { firing } });
    }
  }

  /** To the alert of its group; one that would open too many is told of with the others that would. */
  #tell(rule: LoadedRule, { groupKey, entity, hit, how }: Told): void {
    const outcome = how.alarm?.outcome ?? outcomeOf(rule, hit.event);
    const known = this.#groups.get(groupKey);
    if (known) return known.add(hit, { ...how, outcome });
    if (this.#open.find(groupKey) !== undefined || this.#flood.admits(meterOf(rule, outcome)))
      return this.#begin(rule, groupKey, entity, hit).add(hit, { ...how, outcome });
    const floodKey = floodKeyOf(rule, hit.event);
    const muted = this.#exceptions.taking(rule.id, hit.event, floodKey);
    if (muted?.kind === 'mute') {
      this.#tally(rule).suppressed++;
      return this.#count(muted.id);
    }
    const flood = this.#groups.get(floodKey) ?? this.#begin(rule, floodKey, { kind: 'none', value: '' }, hit);
    flood.add(hit, { ...how, outcome, deferred: entity });
  }

  #begin(rule: LoadedRule, groupKey: string, entity: Entity, hit: Hit): MatchGroup {
    const group = new MatchGroup(rule, groupKey, entity, hit);
    this.#groups.set(groupKey, group);
    return group;
  }

  #count(exception: string): void {
    this.#taken.set(exception, (this.#taken.get(exception) ?? 0) + 1);
  }

  /**
   * The group's first match creates its alert where none is open; every other one is merged. What was counted as
   * matched and what came of it are counted apart, so that the ledger can tell a difference.
   */
  finish(frame: Frame, judgedAtMs: number): Judgement {
    const id = judgementId(frame.journal, frame.number);
    let classification: 1 | 2 | 3 = 1;
    const effects = [...this.#groups.values()].map((group) => {
      const effect = group.effect(id, this.#open.find(group.groupKey), this.#isOwn);
      const counts = this.#tally(group.rule);
      const created = effect.kind === 'create' ? 1 : 0;
      if (effect.deferred) counts.deferred += effect.count;
      else {
        counts.created += created;
        counts.merged += effect.count - created;
      }
      if (group.classification > classification) classification = group.classification;
      return effect;
    });
    const correlation = this.#correlator.takeChange(this.#tallies.size > 0 || effects.length > 0);
    for (const { classification: of } of correlation?.signals ?? [])
      if (of > classification) classification = of;
    return {
      ...rowOf(frame.journal, frame.number, frame.number, this.#rules.version, judgedAtMs),
      classification,
      firstSeq: frame.firstSeq,
      lastSeq: frame.firstSeq + frame.events.length - 1,
      events: frame.events.length,
      rules: [...this.#tallies.values()]
        .sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1))
        .map(({ rule, counts }) => ({ rule: rule.id, version: rule.version, ...counts })),
      effects,
      ...(this.#taken.size > 0 && {
        exceptions: [...this.#taken].map(([exception, count]) => ({ exception, count })),
      }),
      ...(correlation && { correlation }),
    };
  }

  #tally(rule: LoadedRule): Counts {
    let tally = this.#tallies.get(rule);
    if (tally === undefined) {
      tally = {
        rule,
        counts: {
          matches: 0,
          created: 0,
          merged: 0,
          suppressed: 0,
          excepted: 0,
          deferred: 0,
          signalled: 0,
          errors: 0,
        },
      };
      this.#tallies.set(rule, tally);
    }
    return tally.counts;
  }
}

export function judgementId(journal: string, fromFrame: number): string {
  return `${journal}/${fromFrame}`;
}

/** Nothing matched, nothing failed, nothing is told: it may be folded with its neighbours. */
export function isPlain({ rules, effects, note, correlation }: Judgement): boolean {
  return rules.length === 0 && effects.length === 0 && note === undefined && correlation === undefined;
}

/** One row for both, where both are plain, under the same rules, and touch; else undefined. */
export function fold(before: Judgement, after: Judgement): Judgement | undefined {
  if (!isPlain(before) || !isPlain(after) || before.ruleSet !== after.ruleSet) return undefined;
  if (before.toFrame + 1 !== after.fromFrame || before.lastSeq + 1 !== after.firstSeq) return undefined;
  return {
    ...before,
    toFrame: after.toFrame,
    lastSeq: after.lastSeq,
    events: before.events + after.events,
    judgedAt: after.judgedAt,
  };
}

/** The row of frames that cannot be read: it keeps the row of judgements unbroken, and says what is missing. */
export function judgeUnreadable(
  missing: { journal: string; fromFrame: number; toFrame: number; firstSeq: number; lastSeq: number },
  ruleSet: string,
  judgedAtMs: number,
): Judgement {
  const { journal, fromFrame, toFrame, firstSeq, lastSeq } = missing;
  return {
    ...rowOf(journal, fromFrame, toFrame, ruleSet, judgedAtMs),
    classification: 1,
    firstSeq,
    lastSeq,
    events: 0,
    rules: [],
    effects: [],
    note: 'these frames could not be read from the journal',
  };
}

function rowOf(journal: string, fromFrame: number, toFrame: number, ruleSet: string, judgedAtMs: number) {
  return {
    id: judgementId(journal, fromFrame),
    unit: ROOT_UNIT,
    realm: LIVE,
    journal,
    fromFrame,
    toFrame,
    ruleSet,
    judgedAt: iso(judgedAtMs),
  };
}
