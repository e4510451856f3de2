/** The engine: judges frames whole, one after the other, under the rule set of the moment, and lets others run meanwhile. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#kernel/clock.js';
import type { Event, Frame } from '#kernel/event.js';
import type { CorrelationChange } from '#kernel/schema/correlation.js';
import type { Judgement } from '#kernel/schema/judgement.js';
import type { IsOwn } from './attack-facts.js';
import { Correlator } from './correlation/correlator.js';
import { NO_CORRELATIONS } from './correlation/definition.js';
import { NO_EXCEPTIONS, type ExceptionSet } from './exceptions.js';
import { FloodGate } from './flood.js';
import { Judging, judgeUnreadable, type OnRuleError, type OpenGroups } from './judge.js';
import type { LoadedRule, RuleSet } from './types.js';

export interface EngineOptions {
  readonly rules: RuleSet;
  readonly clock: Clock;
  /** Told once for each rule version that fails; every failure is counted in the judgement. */
  readonly onRuleError?: OnRuleError;
  /** Which addresses are ours. Default: the usual private networks. */
  readonly isOwn?: IsOwn;
  /** At the start; default: none. */
  readonly exceptions?: ExceptionSet;
  /** New alerts that a rule may open in a minute. Default: `USUAL_FLOOD_LIMIT`. */
  readonly floodLimit?: number;
}

/** The event loop gets its turn after so long; the clock is looked at once in so many events. */
const SLICE_MS = 8;
const EVENTS_PER_LOOK = 50;

export class Engine {
  readonly #options: EngineOptions;
  readonly #failed = new Set<string>();
  readonly #correlator = new Correlator();
  readonly #flood: FloodGate;
  #rules: RuleSet;
  #exceptions: ExceptionSet;
  #sinceLook = 0;
  #turnedAt = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#flood = new FloodGate(options.floodLimit);
    this.#exceptions = options.exceptions ?? NO_EXCEPTIONS;
  }

  get rules(): RuleSet {
    return this.#rules;
  }

  get hasCorrelations(): boolean {
    return (this.#rules.correlations ?? NO_CORRELATIONS).definitions.length > 0;
  }

  /** From the next frame on; a frame that is being judged stays under the rules it began with. */
  use(rules: RuleSet): void {
    this.#rules = rules;
    this.#failed.clear();
  }

  /** From the next frame on. */
  except(exceptions: ExceptionSet): void {
    this.#exceptions = exceptions;
  }

  /** What the correlations were fed by the judgements that stand: nothing else has been judged. */
  restore(changes: readonly CorrelationChange[]): void {
    this.#correlator.use(this.#rules.correlations ?? NO_CORRELATIONS);
    this.#correlator.restore(changes);
  }

  /** `groups` is looked up while the frame is matched, and once more when it is: it may change meanwhile. */
  async judge(frame: Frame, groups: OpenGroups): Promise<{ judgement: Judgement; rules: RuleSet }> {
    const rules = this.#rules;
    const { clock, isOwn } = this.#options;
    this.#correlator.use(rules.correlations ?? NO_CORRELATIONS);
    const judging = new Judging(rules, groups, {
      onRuleError: (rule, error, event) => this.#reportOnce(rule, error, event),
      exceptions: this.#exceptions,
      correlator: this.#correlator,
      flood: this.#flood,
      ...(isOwn && { isOwn }),
    });
    judging.begin(frame);
    // A frame without events costs something, too.
    this.#sinceLook++;
    for (const event of frame.events) {
      judging.add(event);
      if (++this.#sinceLook < EVENTS_PER_LOOK) continue;
      this.#sinceLook = 0;
      // By time, not by number: where others keep the loop busy, a turn for every few events would be all there is.
      if (performance.now() - this.#turnedAt < SLICE_MS) continue;
      await turn();
      this.#turnedAt = performance.now();
    }
    return { judgement: judging.finish(frame, clock.nowMs()), rules };
  }

  judgeUnreadable(missing: Parameters<typeof judgeUnreadable>[0]): { judgement: Judgement; rules: RuleSet } {
    const judgement = judgeUnreadable(missing, this.#rules.version, this.#options.clock.nowMs());
    return { judgement, rules: this.#rules };
  }

  /** A rule that fails on every event must not fill the log, nor, as a platform event, feed itself. */
  #reportOnce(rule: LoadedRule, error: unknown, event: Event): void {
    const key = `${rule.id}@${rule.version}`;
    if (this.#failed.has(key)) return;
    this.#failed.add(key);
    this.#options.onRuleError?.(rule, error, event);
  }
}
