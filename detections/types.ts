/** What the engine needs of a set of rules; `matcher.ts` implements it over Sigma. */
import type { Event } from '#kernel/event.js';
import type { ENTITY_KINDS, MatchedValue, RuleReference } from '#kernel/schema/alert.js';
import type { Outcome, Severity } from '#kernel/vocabulary.js';
import type { Correlations } from './correlation/definition.js';

export type EntityKind = (typeof ENTITY_KINDS)[number];

/** A rule ready to be matched. */
export interface LoadedRule {
  readonly id: string;
  /** First 12 hex digits of the SHA-256 of the rule text. */
  readonly version: string;
  readonly reference: RuleReference;
  readonly level: Severity;
  /** The rule as it was written. */
  readonly text: string;
  /** What its matches are grouped by (rule attribute `fenghuo.entity`); absent: see `entityOf` in `effects.ts`. */
  readonly entity?: EntityKind;
  /** Outcome of the attack (rule attribute `fenghuo.outcome`); absent: taken from the event's `event.outcome`. */
  readonly outcome?: Outcome;
  /** Its matches are alarms of other devices (rule attribute `fenghuo.passthrough`): see `alarm.ts`. */
  readonly passthrough?: true;
}

/** One rule that holds for one event. */
export interface RuleMatch {
  readonly rule: LoadedRule;
  readonly matched: readonly MatchedValue[];
}

/** Immutable: another set of rules is another object, exchanged between frames. */
export interface RuleSet {
  /** Hash over the ids and versions of all rules that are loaded. */
  readonly version: string;
  readonly rules: readonly LoadedRule[];
  /** What is judged over several events. Default: nothing. */
  readonly correlations?: Correlations;
  /**
   * All rules that hold for the event by itself, each at most once, in a stable order. Never throws: a rule that fails does not
   * match, and `onError` is told.
   */
  match(event: Event, onError: (rule: LoadedRule, error: unknown) => void): readonly RuleMatch[];
}
