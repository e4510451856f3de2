/**
 * Few, long literals in many texts (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): the window of the
 * shortest literal is moved by as much as its last two units allow, so most units are never looked at.
 */
import { classesOf, type Classes } from './classes.js';
import type { Found, Literal } from './trie.js';

/** Shorter windows move too little, more literals stop them too often: then an automaton is faster. */
const LEAST_LENGTH = 5;
const MOST_LITERALS = 200;
const TABLE = 4096;

interface Sought {
  readonly classes: Uint16Array;
  readonly rules: Int32Array;
}

export class SkipScan {
  readonly #classes: Classes;
  readonly #window: number;
  /** By the last two units of the window: how far it may move; 0 where a literal may stand. */
  readonly #shifts = new Uint8Array(TABLE);
  readonly #sought = new Map<number, Sought[]>();

  static suits(literals: readonly Literal[]): boolean {
    return literals.length <= MOST_LITERALS && literals.every(({ text }) => text.length >= LEAST_LENGTH);
  }

  constructor(literals: readonly Literal[]) {
    this.#classes = classesOf(literals);
    this.#window = Math.min(255, ...literals.map(({ text }) => text.length));
    this.#shifts.fill(this.#window - 1);
    for (const { text, rules } of literals) {
      const classes = Uint16Array.from(text, (unit) => this.#classes.of[unit.charCodeAt(0)] as number);
      for (let end = 1; end < this.#window; end++) {
        const pair = pairOf(classes[end - 1] as number, classes[end] as number);
        this.#shifts[pair] = Math.min(this.#shifts[pair] as number, this.#window - 1 - end);
      }
      const last = pairOf(classes[this.#window - 2] as number, classes[this.#window - 1] as number);
      this.#sought.set(last, [...(this.#sought.get(last) ?? []), { classes, rules: Int32Array.from(rules) }]);
    }
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return TABLE + this.#classes.of.byteLength;
  }

  /** Tells the rules of every literal that stands in the text, which need not be folded. */
  scan(text: string, found: Found): void {
    const of = this.#classes.of;
    const shifts = this.#shifts;
    let at = this.#window - 1;
    while (at < text.length) {
      const pair = pairOf(of[text.charCodeAt(at - 1)] as number, of[text.charCodeAt(at)] as number);
      const shift = shifts[pair] as number;
      if (shift === 0) {
        this.#compare(text, at - this.#window + 1, pair, found);
        at++;
      } else at += shift;
    }
  }

  #compare(text: string, from: number, pair: number, found: Found): void {
    const of = this.#classes.of;
    for (const { classes, rules } of this.#sought.get(pair) ?? []) {
      if (from + classes.length > text.length) continue;
      let same = 0;
      while (same < classes.length && of[text.charCodeAt(from + same)] === classes[same]) same++;
      if (same === classes.length) found(rules);
    }
  }
}

function pairOf(first: number, second: number): number {
  return (first * 67 + second) & (TABLE - 1);
}
