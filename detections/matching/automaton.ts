/** Aho-Corasick over UTF-16 units: finds all literals of all rules on one path in one pass, case folded by its class table. */
import { fold } from '#kernel/query/fold.js';
import type { Atom } from './witness.js';

export interface Entry {
  readonly kind: Exclude<Atom['kind'], 'exists' | 'equals'>;
  /** Folded, without surrogates, not empty. */
  readonly text: string;
  /** What the literal is a witness of. */
  readonly rules: readonly number[];
}

export type Found = (rules: Int32Array) => void;

/** Class of every UTF-16 unit after folding, for the units that literals use; 0 for all others. */
interface Classes {
  readonly of: Uint8Array | Uint16Array;
  readonly count: number;
}

export class Automaton {
  readonly #classes: Classes;
  /** Next row offset (state × classes) by row offset + class, doubled; odd where a literal ends there or on its suffix chain. */
  readonly #next: Int32Array;
  /** By state: nearest state on the suffix chain, itself first, where a literal ends; 0 for none. */
  readonly #emits: Int32Array;
  readonly #suffix: Int32Array;
  readonly #outputs: (readonly Output[] | undefined)[];

  constructor(entries: readonly Entry[]) {
    this.#classes = classesOf(entries);
    const trie = buildTrie(entries, this.#classes);
    const { next, emits, suffix } = link(trie, this.#classes.count);
    this.#next = next;
    this.#emits = emits;
    this.#suffix = suffix;
    this.#outputs = trie.outputs;
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return (
      this.#next.byteLength + this.#emits.byteLength + this.#suffix.byteLength + this.#classes.of.byteLength
    );
  }

  /** Tells the rules of every literal that stands where its kind asks for; the text need not be folded. */
  scan(text: string, found: Found): void {
    const of = this.#classes.of;
    const width = this.#classes.count;
    const next = this.#next;
    const emits = this.#emits;
    let row = 0;
    for (let at = 0; at < text.length; at++) {
      const step = next[row + (of[text.charCodeAt(at)] as number)] as number;
      row = step >> 1;
      if ((step & 1) !== 0) this.#emit(emits[row / width] as number, at + 1, text.length, found);
    }
  }

  #emit(from: number, end: number, length: number, found: Found): void {
    for (let state = from; state !== 0; state = this.#emits[this.#suffix[state] as number] as number) {
      for (const output of this.#outputs[state] as readonly Output[]) {
        if (output.kind === 'endsWith' && end !== length) continue;
        if (output.kind === 'startsWith' && end !== output.length) continue;
        found(output.rules);
      }
    }
  }
}

interface Output {
  readonly kind: Entry['kind'];
  readonly length: number;
  readonly rules: Int32Array;
}

/** Shared by all automata with the same alphabet: 65,536 units are many beside a small automaton. */
const classTables = new Map<string, WeakRef<Classes>>();

function classesOf(entries: readonly Entry[]): Classes {
  const units = new Set<number>();
  for (const { text } of entries)
    for (let at = 0; at < text.length; at++) units.add(foldUnit(text.charCodeAt(at)));
  const alphabet = [...units].sort((a, b) => a - b);
  const key = String.fromCharCode(...alphabet);
  const known = classTables.get(key)?.deref();
  if (known) return known;
  const of = alphabet.length < 255 ? new Uint8Array(65_536) : new Uint16Array(65_536);
  const classOf = new Map(alphabet.map((unit, index) => [unit, index + 1]));
  const variants = unfolded();
  for (const [unit, number] of classOf)
    for (const variant of variants.get(unit) ?? [unit]) of[variant] = number;
  const classes = { of, count: alphabet.length + 1 };
  classTables.set(key, new WeakRef(classes));
  return classes;
}

let unfoldedUnits: ReadonlyMap<number, readonly number[]> | undefined;

/** The units that fold to a unit, itself among them, where there are several. */
function unfolded(): ReadonlyMap<number, readonly number[]> {
  if (unfoldedUnits) return unfoldedUnits;
  const variants = new Map<number, number[]>();
  for (let unit = 0; unit < 65_536; unit++) {
    const folded = foldUnit(unit);
    if (folded === unit) continue;
    const list = variants.get(folded) ?? [folded];
    variants.set(folded, list);
    list.push(unit);
  }
  return (unfoldedUnits = variants);
}

/**
 * RE2 matches `ſ` by `s` where case is ignored, and literals of expressions are witnesses here too. Both are one
 * unit to the automaton, in texts and in literals: it may name a rule too many, never one too few.
 */
function foldUnit(unit: number): number {
  return unit === 0x17f ? 0x73 : fold(String.fromCharCode(unit)).charCodeAt(0);
}

/** States as lists of children: only the finished table is dense. */
interface Trie {
  readonly states: number;
  /** By state: its first child, the next child of its parent, its own class; 0 for none (the root is nobody's child). */
  readonly first: Int32Array;
  readonly sibling: Int32Array;
  readonly unit: Int32Array;
  readonly outputs: Output[][];
}

function buildTrie(entries: readonly Entry[], classes: Classes): Trie {
  const most = entries.reduce((sum, { text }) => sum + text.length, 1);
  const first = new Int32Array(most);
  const sibling = new Int32Array(most);
  const unit = new Int32Array(most);
  const outputs: Output[][] = [];
  let states = 1;
  for (const { text, kind, rules } of entries) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const wanted = classes.of[text.charCodeAt(at)] as number;
      let child = first[state] as number;
      while (child !== 0 && unit[child] !== wanted) child = sibling[child] as number;
      if (child === 0) {
        child = states++;
        unit[child] = wanted;
        sibling[child] = first[state] as number;
        first[state] = child;
      }
      state = child;
    }
    (outputs[state] ??= []).push({ kind, length: text.length, rules: Int32Array.from(rules) });
  }
  return { states, first, sibling, unit, outputs };
}

/** Completes the trie breadth first: a state's row is that of its longest suffix, with its own children put over it. */
function link(trie: Trie, width: number): { next: Int32Array; emits: Int32Array; suffix: Int32Array } {
  const { states, first, sibling, unit, outputs } = trie;
  const next = new Int32Array(states * width);
  const emits = new Int32Array(states);
  const suffix = new Int32Array(states);
  const queue = new Int32Array(states);
  let head = 0;
  let tail = 1;
  while (head < tail) {
    const state = queue[head++] as number;
    const fall = suffix[state] as number;
    const row = state * width;
    if (state !== 0) next.copyWithin(row, fall * width, (fall + 1) * width);
    for (let child = first[state] as number; child !== 0; child = sibling[child] as number) {
      const index = row + (unit[child] as number);
      // INVARIANT: the copied entry still is the suffix's step; a shallower state, whose own entries are complete.
      const fallen = state === 0 ? 0 : ((next[index] as number) >> 1) / width;
      suffix[child] = fallen;
      emits[child] = outputs[child] ? child : (emits[fallen] as number);
      next[index] = child * width * 2 + (emits[child] === 0 ? 0 : 1);
      queue[tail++] = child;
    }
  }
  return { next, emits, suffix };
}
