/** All literals that rules look for in one path, each kind by the table that looks at least of a text. */
import { Automaton } from './automaton.js';
import { EdgeTrie } from './edges.js';
import { SkipScan } from './skip-scan.js';
import type { Found, Literal } from './trie.js';
import type { Atom } from './witness.js';

export interface Entry extends Literal {
  readonly kind: Exclude<Atom['kind'], 'exists' | 'equals'>;
}

export class Literals {
  readonly #starts: EdgeTrie | undefined;
  readonly #ends: EdgeTrie | undefined;
  readonly #inside: SkipScan | Automaton | undefined;

  constructor(entries: readonly Entry[]) {
    const of = (kind: Entry['kind']): readonly Entry[] => entries.filter((entry) => entry.kind === kind);
    const [starts, ends, inside] = [of('startsWith'), of('endsWith'), of('contains')];
    if (starts.length > 0) this.#starts = new EdgeTrie(starts, 'start');
    if (ends.length > 0) this.#ends = new EdgeTrie(ends, 'end');
    if (inside.length > 0)
      this.#inside = SkipScan.suits(inside) ? new SkipScan(inside) : new Automaton(inside);
  }

  /** Bytes of its tables. */
  get bytes(): number {
    return (this.#starts?.bytes ?? 0) + (this.#ends?.bytes ?? 0) + (this.#inside?.bytes ?? 0);
  }

  /** Tells the rules of every literal that stands where its kind asks for; the text need not be folded. */
  scan(text: string, found: Found): void {
    this.#starts?.scan(text, found);
    this.#ends?.scan(text, found);
    this.#inside?.scan(text, found);
  }
}
