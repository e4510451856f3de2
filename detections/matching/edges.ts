/** Literals at the beginning or at the end of a text: a trie that is walked inwards, as far as a literal goes and no further. */
import { classesOf, type Classes } from './classes.js';
import { buildTrie, type Found, type Literal, type Trie } from './trie.js';

export type Edge = 'start' | 'end';

export class EdgeTrie {
  readonly #classes: Classes;
  readonly #fromEnd: boolean;
  readonly #trie: Trie;
  /** First state by the class of the outermost unit: the root has too many children for a list. */
  readonly #roots: Int32Array;

  /** Texts of the literals differ. */
  constructor(literals: readonly Literal[], edge: Edge) {
    this.#classes = classesOf(literals);
    this.#fromEnd = edge === 'end';
    this.#trie = buildTrie(this.#fromEnd ? literals.map(reversed) : literals, this.#classes);
    this.#roots = new Int32Array(this.#classes.count);
    const { first, sibling, unit } = this.#trie;
    for (let child = first[0] as number; child !== 0; child = sibling[child] as number)
      this.#roots[unit[child] as number] = child;
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return this.#roots.byteLength + 3 * this.#trie.first.byteLength + this.#classes.of.byteLength;
  }

  /** Tells the rules of every literal that the text begins, or ends, with; the text need not be folded. */
  scan(text: string, found: Found): void {
    const of = this.#classes.of;
    const { outputs } = this.#trie;
    if (text.length === 0) return;
    let state = this.#roots[of[text.charCodeAt(this.#at(0, text.length))] as number] as number;
    for (let depth = 1; state !== 0; depth++) {
      const output = outputs[state];
      if (output) found(output);
      if (depth === text.length) return;
      state = this.#child(state, of[text.charCodeAt(this.#at(depth, text.length))] as number);
    }
  }

  #at(depth: number, length: number): number {
    return this.#fromEnd ? length - 1 - depth : depth;
  }

  #child(state: number, wanted: number): number {
    const { first, sibling, unit } = this.#trie;
    let child = first[state] as number;
    while (child !== 0 && unit[child] !== wanted) child = sibling[child] as number;
    return child;
  }
}

function reversed({ text, rules }: Literal): Literal {
  return { text: text.split('').reverse().join(''), rules };
}
