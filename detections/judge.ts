/** The decision: a frame under one set of rules becomes a judgement. Pure, apart from the open groups that it looks up. */
import { iso } from '#kernel/clock.js';
import type { Event, Frame } from '#kernel/event.js';
import type { Judgement, LedgerCounts } from '#kernel/schema/judgement.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { ownNetworks, type IsOwn } from './attack-facts.js';
import { entityOf, groupKeyOf, MatchGroup } from './effects.js';
import { NO_EXCEPTIONS, type ExceptionSet } from './exceptions.js';
import type { LoadedRule, RuleSet } from './types.js';

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
  const judging = new Judging(rules, options);
  for (const event of frame.events) judging.add(event);
  return judging.finish(frame, groups, judgedAtMs);
}

type Counts = { -readonly [K in keyof LedgerCounts]: LedgerCounts[K] };

interface Tally {
  readonly rule: LoadedRule;
  readonly counts: Counts;
}

/** Judges a frame event by event, so that the caller can let others run meanwhile; the judgement is one all the same. */
export class Judging {
  readonly #rules: RuleSet;
  readonly #tallies = new Map<LoadedRule, Tally>();
  readonly #groups = new Map<string, MatchGroup>();
  readonly #onError: (rule: LoadedRule, error: unknown) => void;
  readonly #isOwn: IsOwn;
  readonly #exceptions: ExceptionSet;
  /** Matches by the exception that took them. */
  readonly #taken = new Map<string, number>();
  #event: Event | undefined;

  constructor(
    rules: RuleSet,
    { onRuleError, isOwn = USUAL, exceptions = NO_EXCEPTIONS }: JudgingOptions = {},
  ) {
    this.#rules = rules;
    this.#isOwn = isOwn;
    this.#exceptions = exceptions;
    this.#onError = (rule, error) => {
      this.#tally(rule).errors++;
      onRuleError?.(rule, error, this.#event as Event);
    };
  }

  add(event: Event): void {
    this.#event = event;
    for (const { rule, matched } of this.#rules.match(event, this.#onError)) {
      const counts = this.#tally(rule);
      counts.matches++;
      if (rule.level === 'informational') {
        counts.signalled++;
        continue;
      }
      const hit = { event, matched };
      const entity = entityOf(rule, event);
      const groupKey = groupKeyOf(rule, entity, event);
      const taking = this.#exceptions.taking(rule.id, event, groupKey);
      if (taking) {
        counts[taking.kind === 'mute' ? 'suppressed' : 'excepted']++;
        this.#taken.set(taking.id, (this.#taken.get(taking.id) ?? 0) + 1);
        continue;
      }
      let group = this.#groups.get(groupKey);
      if (group === undefined) {
        group = new MatchGroup(rule, groupKey, entity, hit);
        this.#groups.set(groupKey, group);
      }
      group.add(hit);
    }
  }

  /**
   * The group's first match creates its alert where none is open; every other one is merged. What was counted as
   * matched and what came of it are counted apart, so that the ledger can tell a difference.
   */
  finish(frame: Frame, groups: OpenGroups, judgedAtMs: number): Judgement {
    const id = judgementId(frame.journal, frame.number);
    let classification: 1 | 2 | 3 = 1;
    const effects = [...this.#groups.values()].map((group) => {
      const effect = group.effect(id, groups.find(group.groupKey), this.#isOwn);
      const counts = this.#tally(group.rule);
      const created = effect.kind === 'create' ? 1 : 0;
      counts.created += created;
      counts.merged += effect.count - created;
      if (group.classification > classification) classification = group.classification;
      return effect;
    });
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

/** Nothing matched and nothing failed: it may be folded with its neighbours. */
export function isPlain(judgement: Judgement): boolean {
  return judgement.rules.length === 0 && judgement.effects.length === 0 && judgement.note === undefined;
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
