/** All literals that rules look for in one path, each kind by the table that looks at least of a text. */
import { NON_ASCII } from '#kernel/query/fold.js';
import { Automaton } from './automaton.js';
import { EdgeTrie } from './edges.js';
import { LEAST_LENGTH, SkipScan } from './skip-scan.js';
import type { Found, Literal } from './trie.js';
import type { Atom } from './witness.js';

export interface Entry extends Literal {
  readonly kind: Exclude<Atom['kind'], 'exists' | 'equals'>;
}

export class Literals {
  readonly #starts: EdgeTrie | undefined;
  readonly #ends: EdgeTrie | undefined;
  readonly #inside: Inside | undefined;
  /** Of literals with a character beyond ASCII, which few texts have: apart, so that their large alphabets are in nobody's way. */
  readonly #wide: Inside | undefined;

  constructor(entries: readonly Entry[]) {
    const of = (kind: Entry['kind']): readonly Entry[] => entries.filter((entry) => entry.kind === kind);
    const [starts, ends, inside] = [of('startsWith'), of('endsWith'), of('contains')];
    if (starts.length > 0) this.#starts = new EdgeTrie(starts, 'start');
    if (ends.length > 0) this.#ends = new EdgeTrie(ends, 'end');
    const wide = inside.filter(({ text }) => NON_ASCII.test(text));
    if (wide.length < inside.length) this.#inside = new Inside(inside.filter((one) => !wide.includes(one)));
    if (wide.length > 0) this.#wide = new Inside(wide);
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return bytesOf([this.#starts, this.#ends, this.#inside, this.#wide]);
  }

  /** Tells the rules of every literal that stands where its kind asks for; the text need not be folded. */
  scan(text: string, found: Found): void {
    this.#starts?.scan(text, found);
    this.#ends?.scan(text, found);
    this.#inside?.scan(text, found);
    if (this.#wide && NON_ASCII.test(text)) this.#wide.scan(text, found);
  }
}

/** Literals anywhere in a text: the long ones by skipping. */
class Inside {
  readonly #long: SkipScan | undefined;
  readonly #short: Automaton | undefined;

  constructor(entries: readonly Entry[]) {
    const long = entries.filter(({ text }) => text.length >= LEAST_LENGTH);
    const short = entries.filter(({ text }) => text.length < LEAST_LENGTH);
    if (long.length > 0) this.#long = new SkipScan(long);
    if (short.length > 0) this.#short = new Automaton(short);
  }

  get bytes(): number {
    return bytesOf([this.#long, this.#short]);
  }

  scan(text: string, found: Found): void {
    this.#long?.scan(text, found);
    this.#short?.scan(text, found);
  }
}

function bytesOf(tables: readonly ({ readonly bytes: number } | undefined)[]): number {
  return tables.reduce((sum, table) => sum + (table?.bytes ?? 0), 0);
}
