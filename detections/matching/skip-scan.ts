/**
 * Long literals in many texts (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): a window as long as the
 * shortest literal is moved by as much as its last two or three units allow, so most units are looked at once or never. Of a
 * longer literal the window looks for the part that ends with what is rarest among all of them: `\\windows\\` stands everywhere.
 */
import { classesOf, type Classes } from './classes.js';
import type { Found, Literal } from './trie.js';

/** Shorter windows move too little: such literals are an automaton's. */
export const LEAST_LENGTH = 5;
/** Units that are looked at together: fewer cost less, more tell more literals apart. */
type Block = 2 | 3;
const TABLE_BITS = 15;
const TABLE = 1 << TABLE_BITS;
/** Where more than this share of the table moves the window by less than it could, a shorter window moves on faster. */
const MOST_FILLED = 0.25;
/** Pairs of units in all windows, up to which pairs tell enough. */
const FEW_PAIRS = 256;

interface Sought {
  readonly classes: Uint16Array;
  /** Where in the literal the window stands. */
  readonly offset: number;
  readonly rules: Int32Array;
}

export class SkipScan {
  readonly #classes: Classes;
  readonly #block: Block;
  readonly #window: number;
  /** By the last block of the window: how far it may move; 0 where a literal may stand. */
  readonly #shifts = new Uint8Array(TABLE);
  readonly #sought = new Map<number, Sought[]>();

  /** Each literal has {@link LEAST_LENGTH} units or more. */
  constructor(literals: readonly Literal[]) {
    this.#classes = classesOf(literals);
    const shortest = literals.reduce((least, { text }) => Math.min(least, text.length), 255);
    this.#block = literals.length * (shortest - 1) <= FEW_PAIRS ? 2 : 3;
    this.#window = windowOf(literals.length, shortest);
    this.#shifts.fill(this.#window - this.#block + 1);
    const all = literals.map(({ text, rules }) => ({
      classes: Uint16Array.from(text.split(''), (unit) => this.#classes.of[unit.charCodeAt(0)] as number),
      rules: Int32Array.from(rules),
    }));
    const often = this.#countBlocks(all);
    for (const { classes, rules } of all) {
      const offset = this.#rarest(classes, often);
      for (let last = this.#block - 1; last < this.#window; last++) {
        const block = this.#blockEndingAt(classes, offset + last);
        this.#shifts[block] = Math.min(this.#shifts[block] as number, this.#window - 1 - last);
      }
      const block = this.#blockEndingAt(classes, offset + this.#window - 1);
      const sought = this.#sought.get(block);
      if (sought) sought.push({ classes, offset, rules });
      else this.#sought.set(block, [{ classes, offset, rules }]);
    }
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return TABLE + this.#classes.of.byteLength;
  }

  /** Tells the rules of every literal that stands in the text, which need not be folded. */
  scan(text: string, found: Found): void {
    if (this.#block === 2) this.#scanByPairs(text, found);
    else this.#scanByTriples(text, found);
  }

  #scanByPairs(text: string, found: Found): void {
    const of = this.#classes.of;
    const shifts = this.#shifts;
    const { length } = text;
    let at = this.#window - 1;
    while (at < length) {
      const block = blockOf(0, of[text.charCodeAt(at - 1)] as number, of[text.charCodeAt(at)] as number);
      const shift = shifts[block] as number;
      if (shift === 0) {
        this.#compare(text, at - this.#window + 1, block, found);
        at++;
      } else at += shift;
    }
  }

  #scanByTriples(text: string, found: Found): void {
    const of = this.#classes.of;
    const shifts = this.#shifts;
    const { length } = text;
    let at = this.#window - 1;
    while (at < length) {
      const block = blockOf(
        of[text.charCodeAt(at - 2)] as number,
        of[text.charCodeAt(at - 1)] as number,
        of[text.charCodeAt(at)] as number,
      );
      const shift = shifts[block] as number;
      if (shift === 0) {
        this.#compare(text, at - this.#window + 1, block, found);
        at++;
      } else at += shift;
    }
  }

  #compare(text: string, from: number, block: number, found: Found): void {
    const of = this.#classes.of;
    const sought = this.#sought.get(block) as Sought[];
    for (let index = 0; index < sought.length; index++) {
      const { classes, offset, rules } = sought[index] as Sought;
      const start = from - offset;
      if (start < 0 || start + classes.length > text.length) continue;
      let same = 0;
      while (same < classes.length && of[text.charCodeAt(start + same)] === classes[same]) same++;
      if (same === classes.length) found(rules);
    }
  }

  #countBlocks(all: readonly { readonly classes: Uint16Array }[]): Uint32Array {
    const often = new Uint32Array(TABLE);
    for (const { classes } of all)
      for (let last = this.#block - 1; last < classes.length; last++) {
        const block = this.#blockEndingAt(classes, last);
        often[block] = (often[block] as number) + 1;
      }
    return often;
  }

  /** Offset of the window whose last block is the rarest among all literals'. */
  #rarest(classes: Uint16Array, often: Uint32Array): number {
    let best = 0;
    let least = Infinity;
    for (let offset = 0; offset + this.#window <= classes.length; offset++) {
      const count = often[this.#blockEndingAt(classes, offset + this.#window - 1)] as number;
      if (count >= least) continue;
      least = count;
      best = offset;
    }
    return best;
  }

  #blockEndingAt(classes: Uint16Array, last: number): number {
    const first = this.#block === 2 ? 0 : (classes[last - 2] as number);
    return blockOf(first, classes[last - 1] as number, classes[last] as number);
  }
}

function windowOf(literals: number, shortest: number): number {
  const affordable = 2 + Math.floor((MOST_FILLED * TABLE) / literals);
  return Math.max(LEAST_LENGTH, Math.min(shortest, affordable));
}

/** Different blocks may have the same number: then the window moves less far than it might. */
function blockOf(first: number, second: number, third: number): number {
  return ((first << 10) ^ (second << 5) ^ third) & (TABLE - 1);
}
