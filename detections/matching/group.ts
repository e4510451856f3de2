/** The prefilter of the rules that apply to one kind of log: which of them are candidates for an event. */
import { createHash } from 'node:crypto';
import type { FieldValue, Scalar } from '#kernel/event.js';
import type { RecordShape } from '#kernel/record-shape.js';
import { Literals, type Entry } from './literals.js';
import type { EventView } from './view.js';
import { ANY_SLOT, type Atom } from './witness.js';

/** A rule in a group. */
export interface Member {
  /** Number of the rule in the whole set. */
  readonly rule: number;
  /** Undefined: always a candidate. */
  readonly witness: readonly Atom[] | undefined;
}

interface Probe {
  readonly slot: number;
  readonly present: Int32Array | undefined;
  readonly equal: ReadonlyMap<string, Int32Array> | undefined;
  readonly literals: Literals | undefined;
}

/** Tables by their content: most groups that look alike are alike. */
export class ProbeCache {
  readonly #literals = new Map<string, Literals>();
  readonly #equals = new Map<string, ReadonlyMap<string, Int32Array>>();
  bytes = 0;

  literals(entries: readonly Entry[]): Literals {
    const key = digest(entries);
    let literals = this.#literals.get(key);
    if (!literals) {
      this.#literals.set(key, (literals = new Literals(entries)));
      this.bytes += literals.bytes;
    }
    return literals;
  }

  equal(table: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, Int32Array> {
    const key = digest([...table]);
    let shared = this.#equals.get(key);
    if (!shared)
      this.#equals.set(
        key,
        (shared = new Map([...table].map(([text, rules]) => [text, Int32Array.from(rules)]))),
      );
    return shared;
  }
}

function digest(content: unknown): string {
  return createHash('sha1').update(JSON.stringify(content)).digest('base64');
}

export class Candidates {
  readonly rules: Int32Array;
  count = 0;
  readonly #seen: Uint32Array;
  #generation = 0;

  constructor(size: number) {
    this.rules = new Int32Array(size);
    this.#seen = new Uint32Array(size);
  }

  clear(): void {
    this.count = 0;
    // After 2^32 events a stamp would be mistaken for an old one.
    if (++this.#generation > 0xffff_ffff) {
      this.#seen.fill(0);
      this.#generation = 1;
    }
  }

  readonly add = (rules: Int32Array): void => {
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as number;
      if (this.#seen[rule] === this.#generation) continue;
      this.#seen[rule] = this.#generation;
      this.rules[this.count++] = rule;
    }
  };

  /** In the order of the set: few, and often sorted already. */
  sort(): void {
    const rules = this.rules;
    for (let index = 1; index < this.count; index++) {
      const rule = rules[index] as number;
      let at = index - 1;
      while (at >= 0 && (rules[at] as number) > rule) {
        rules[at + 1] = rules[at] as number;
        at--;
      }
      rules[at + 1] = rule;
    }
  }
}

export class Group {
  /** Rules whose log source is not settled by the route. */
  readonly unsettled: ReadonlySet<number>;
  readonly #always: Int32Array;
  readonly #probes: readonly Probe[];
  readonly #anywhere: Literals | undefined;
  readonly #anywhereTexts: readonly string[];
  /** Whether a shape's texts are enough to find the literals that may stand anywhere. */
  readonly #readsAll = new Map<RecordShape<unknown>, boolean>();

  constructor(members: readonly Member[], unsettled: ReadonlySet<number>, cache: ProbeCache) {
    this.unsettled = unsettled;
    this.#always = Int32Array.from(members.filter(({ witness }) => !witness).map(({ rule }) => rule));
    const probes = new Map<number, ProbeDraft>();
    for (const { rule, witness } of members)
      for (const atom of witness ?? []) {
        const draft = probes.get(atom.slot) ?? { present: new Set(), equal: new Map(), entries: new Map() };
        probes.set(atom.slot, draft);
        enter(draft, atom, rule);
      }
    const anywhere = probes.get(ANY_SLOT);
    this.#anywhere = anywhere && cache.literals([...anywhere.entries.values()]);
    this.#anywhereTexts = [...(anywhere?.entries.values() ?? [])].map(({ text }) => text);
    probes.delete(ANY_SLOT);
    this.#probes = [...probes].map(([slot, draft]) => ({
      slot,
      present: draft.present.size > 0 ? Int32Array.from(draft.present) : undefined,
      equal: draft.equal.size > 0 ? cache.equal(draft.equal) : undefined,
      literals: draft.entries.size > 0 ? cache.literals([...draft.entries.values()]) : undefined,
    }));
  }

  collect(view: EventView, into: Candidates): void {
    into.clear();
    into.add(this.#always);
    for (const probe of this.#probes) {
      const value = view.raw(probe.slot);
      if (value === undefined) continue;
      if (probe.present) into.add(probe.present);
      if (probe.equal) {
        const folded = view.folded(probe.slot) as string | readonly string[];
        if (typeof folded === 'string') addEqual(probe.equal, folded, into);
        else for (const text of folded) addEqual(probe.equal, text, into);
      }
      if (probe.literals) scanValue(probe.literals, value, into);
    }
    if (this.#anywhere) this.#scanAll(this.#anywhere, view, into);
    into.sort();
  }

  #scanAll(anywhere: Literals, view: EventView, into: Candidates): void {
    const { unread } = view;
    const texts = unread && this.#canRead(unread.shape) ? unread.shape.texts(unread.record) : undefined;
    for (const value of texts ?? Object.values(view.fields)) scanValue(anywhere, value, into);
    if (texts && unread) for (const value of unread.beside) scanValue(anywhere, value, into);
  }

  #canRead(shape: RecordShape<unknown>): boolean {
    let enough = this.#readsAll.get(shape);
    if (enough === undefined) {
      enough = this.#anywhereTexts.every((text) => shape.readsAll(text));
      this.#readsAll.set(shape, enough);
    }
    return enough;
  }
}

interface ProbeDraft {
  readonly present: Set<number>;
  readonly equal: Map<string, number[]>;
  readonly entries: Map<string, Entry & { readonly rules: number[] }>;
}

function enter(draft: ProbeDraft, atom: Atom, rule: number): void {
  if (atom.kind === 'exists') draft.present.add(rule);
  else if (atom.kind === 'equals') {
    const rules = draft.equal.get(atom.text) ?? [];
    draft.equal.set(atom.text, rules);
    if (rules.at(-1) !== rule) rules.push(rule);
  } else {
    const key = `${atom.kind} ${atom.text}`;
    const entry = draft.entries.get(key) ?? { kind: atom.kind, text: atom.text, rules: [] };
    draft.entries.set(key, entry);
    if (entry.rules.at(-1) !== rule) entry.rules.push(rule);
  }
}

function addEqual(table: ReadonlyMap<string, Int32Array>, text: string, into: Candidates): void {
  const rules = table.get(text);
  if (rules) into.add(rules);
}

function scanValue(literals: Literals, value: FieldValue, into: Candidates): void {
  if (typeof value === 'string') literals.scan(value, into.add);
  else if (typeof value === 'object')
    for (const item of value as readonly Scalar[]) literals.scan(String(item), into.add);
  else literals.scan(String(value), into.add);
}
