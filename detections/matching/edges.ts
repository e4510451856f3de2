/** Literals at the beginning or at the end of a text: a trie that is walked inwards, as far as a literal goes and no further. */
import type { Found, Literal } from './automaton.js';
import { classesOf, type Classes } from './classes.js';

export type Edge = 'start' | 'end';

export class EdgeTrie {
  readonly #classes: Classes;
  readonly #fromEnd: boolean;
  /** First state by the class of the outermost unit. */
  readonly #roots: Int32Array;
  /** By state: its first child, the next child of its parent, its own class; 0 for none. */
  readonly #first: Int32Array;
  readonly #sibling: Int32Array;
  readonly #unit: Int32Array;
  readonly #outputs: (Int32Array | undefined)[] = [];

  /** Texts of the literals differ. */
  constructor(literals: readonly Literal[], edge: Edge) {
    this.#classes = classesOf(literals);
    this.#fromEnd = edge === 'end';
    const most = literals.reduce((sum, { text }) => sum + text.length, 1);
    this.#roots = new Int32Array(this.#classes.count);
    this.#first = new Int32Array(most);
    this.#sibling = new Int32Array(most);
    this.#unit = new Int32Array(most);
    let states = 1;
    for (const { text, rules } of literals) {
      let state = 0;
      for (let depth = 0; depth < text.length; depth++) {
        const wanted = this.#classes.of[text.charCodeAt(this.#at(depth, text.length))] as number;
        let child = (depth === 0 ? this.#roots[wanted] : this.#child(state, wanted)) as number;
        if (child === 0) {
          child = states++;
          this.#unit[child] = wanted;
          if (depth === 0) this.#roots[wanted] = child;
          else {
            this.#sibling[child] = this.#first[state] as number;
            this.#first[state] = child;
          }
        }
        state = child;
      }
      this.#outputs[state] = Int32Array.from(rules);
    }
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return this.#roots.byteLength + 3 * this.#first.byteLength + this.#classes.of.byteLength;
  }

  /** Tells the rules of every literal that the text begins, or ends, with; the text need not be folded. */
  scan(text: string, found: Found): void {
    const of = this.#classes.of;
    if (text.length === 0) return;
    let state = this.#roots[of[text.charCodeAt(this.#at(0, text.length))] as number] as number;
    for (let depth = 1; state !== 0; depth++) {
      const output = this.#outputs[state];
      if (output) found(output);
      if (depth === text.length) return;
      state = this.#child(state, of[text.charCodeAt(this.#at(depth, text.length))] as number);
    }
  }

  #at(depth: number, length: number): number {
    return this.#fromEnd ? length - 1 - depth : depth;
  }

  #child(state: number, wanted: number): number {
    let child = this.#first[state] as number;
    while (child !== 0 && this.#unit[child] !== wanted) child = this.#sibling[child] as number;
    return child;
  }
}
