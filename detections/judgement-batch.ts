/** Judgements on their way to one commit: plain ones folded, and the alerts that they will open known to those behind. */
import type { Judgement } from '#kernel/schema/judgement.js';
import { fold, isPlain, type OpenGroups } from './judge.js';
import type { RuleSet } from './types.js';

/** A commit should stay small enough for its store: each effect carries up to twelve events. */
const MOST_JUDGEMENTS = 64;
const MOST_EFFECTS = 200;

export class JudgementBatch {
  /** The open groups as they will be when the batch is applied. */
  readonly groups: OpenGroups;
  readonly #created = new Map<string, string>();
  #judgements: Judgement[] = [];
  #rules: RuleSet | undefined;
  #frames = 0;
  #events = 0;
  #effects = 0;
  #hasMatches = false;

  constructor(groups: OpenGroups) {
    this.groups = { find: (groupKey) => groups.find(groupKey) ?? this.#created.get(groupKey) };
  }

  add(judgement: Judgement, rules: RuleSet): void {
    this.#rules = rules;
    this.#frames += judgement.toFrame - judgement.fromFrame + 1;
    this.#events += judgement.events;
    this.#effects += judgement.effects.length;
    if (!isPlain(judgement)) this.#hasMatches = true;
    for (const effect of judgement.effects)
      if (effect.kind === 'create') this.#created.set(effect.groupKey, effect.alert);
    const last = this.#judgements.at(-1);
    const folded = last && fold(last, judgement);
    if (folded) this.#judgements[this.#judgements.length - 1] = folded;
    else this.#judgements.push(judgement);
  }

  clear(): void {
    this.#judgements = [];
    this.#rules = undefined;
    this.#created.clear();
    this.#frames = 0;
    this.#events = 0;
    this.#effects = 0;
    this.#hasMatches = false;
  }

  get judgements(): readonly Judgement[] {
    return this.#judgements;
  }

  get last(): Judgement | undefined {
    return this.#judgements.at(-1);
  }

  /** The rules of all of them; undefined where it is empty. */
  get rules(): RuleSet | undefined {
    return this.#rules;
  }

  get frames(): number {
    return this.#frames;
  }

  get events(): number {
    return this.#events;
  }

  /** There is something that must not wait. */
  get hasMatches(): boolean {
    return this.#hasMatches;
  }

  get isLarge(): boolean {
    return this.#judgements.length >= MOST_JUDGEMENTS || this.#effects >= MOST_EFFECTS;
  }
}
