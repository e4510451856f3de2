/** All literals that rules look for in one path, each kind by the table that looks at least of a text. */
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
  readonly #long: SkipScan | undefined;
  readonly #short: Automaton | undefined;

  constructor(entries: readonly Entry[]) {
    const of = (kind: Entry['kind']): readonly Entry[] => entries.filter((entry) => entry.kind === kind);
    const [starts, ends, inside] = [of('startsWith'), of('endsWith'), of('contains')];
    if (starts.length > 0) this.#starts = new EdgeTrie(starts, 'start');
    if (ends.length > 0) this.#ends = new EdgeTrie(ends, 'end');
    const long = inside.filter(({ text }) => text.length >= LEAST_LENGTH);
    const short = inside.filter(({ text }) => text.length < LEAST_LENGTH);
    if (long.length > 0) this.#long = new SkipScan(long);
    if (short.length > 0) this.#short = new Automaton(short);
  }

  /** Bytes of its tables. */
  get bytes(): number {
    const tables = [this.#starts, this.#ends, this.#long, this.#short];
    return tables.reduce((sum, table) => sum + (table?.bytes ?? 0), 0);
  }

  /** Tells the rules of every literal that stands where its kind asks for; the text need not be folded. */
  scan(text: string, found: Found): void {
    this.#starts?.scan(text, found);
    this.#ends?.scan(text, found);
    this.#long?.scan(text, found);
    this.#short?.scan(text, found);
  }
}
