/** Aho-Corasick over UTF-16 units: finds all literals of all rules on one path in one pass, case folded by its class table. */
import { classesOf, type Classes } from './classes.js';
import { buildTrie, type Found, type Literal, type Trie } from './trie.js';

export class Automaton {
  readonly #classes: Classes;
  /** Next row offset (state × classes) by row offset + class, doubled; odd where a literal ends there or on its suffix chain. */
  readonly #next: Int32Array;
  /** By state: nearest state on the suffix chain, itself first, where a literal ends; 0 for none. */
  readonly #emits: Int32Array;
  readonly #suffix: Int32Array;
  readonly #outputs: (Int32Array | undefined)[];

  constructor(literals: readonly Literal[]) {
    this.#classes = classesOf(literals);
    const trie = buildTrie(literals, this.#classes);
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

  /** Tells the rules of every literal that stands in the text, which need not be folded. */
  scan(text: string, found: Found): void {
    const of = this.#classes.of;
    const width = this.#classes.count;
    const next = this.#next;
    const emits = this.#emits;
    let row = 0;
    for (let at = 0; at < text.length; at++) {
      const step = next[row + (of[text.charCodeAt(at)] as number)] as number;
      row = step >> 1;
      if ((step & 1) !== 0) this.#emit(emits[row / width] as number, found);
    }
  }

  #emit(from: number, found: Found): void {
    for (let state = from; state !== 0; state = this.#emits[this.#suffix[state] as number] as number)
      found(this.#outputs[state] as Int32Array);
  }
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
