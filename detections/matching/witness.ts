/** A rule's witness: literals of which at least one must occur in an event that the rule holds for. */
import type { Leaf, Query } from '#kernel/query/ast.js';
import { fold } from '#kernel/query/fold.js';
import { requiredLiterals } from './regex-guard.js';
import type { PathTable } from './view.js';

/** Slot of an atom that may occur in any value of any path. */
export const ANY_SLOT = -1;

export interface Atom {
  readonly slot: number;
  readonly kind: 'equals' | 'contains' | 'startsWith' | 'endsWith' | 'exists';
  /** Folded; empty for `exists`. */
  readonly text: string;
}

interface Weighed {
  readonly atoms: readonly Atom[];
  readonly cost: number;
}

/** An atom, and how often it stands in all rules: what many rules ask for, many events have. */
interface Counted {
  readonly atom: Atom;
  count: number;
}

/** Finds witnesses of the conditions of a rule set. */
export class Witnesses {
  readonly #table: PathTable;
  readonly #counted = new Map<string, Counted>();
  /** Leaves are asked about again and again, and folding and naming their texts is what takes the time. */
  readonly #byLeaf = new Map<Leaf, readonly Counted[] | undefined>();

  constructor(conditions: readonly Query[], table: PathTable) {
    this.#table = table;
    for (const condition of conditions) this.#count(condition);
  }

  /** The cheapest set of atoms one of which must occur, or undefined where the condition asks for nothing positive. */
  of(condition: Query): readonly Atom[] | undefined {
    return this.#derive(condition)?.atoms;
  }

  #count(query: Query): void {
    if (query.kind === 'and' || query.kind === 'or') for (const part of query.of) this.#count(part);
    else if (query.kind !== 'not' && query.kind !== 'all' && query.kind !== 'none')
      for (const counted of this.#atomsOf(query) ?? []) counted.count++;
  }

  #atomsOf(leaf: Leaf): readonly Counted[] | undefined {
    if (this.#byLeaf.has(leaf)) return this.#byLeaf.get(leaf);
    const atoms = leafAtoms(leaf, this.#table)?.map((atom) => {
      const key = `${atom.slot} ${atom.kind} ${atom.text}`;
      const known = this.#counted.get(key) ?? { atom, count: 0 };
      this.#counted.set(key, known);
      return known;
    });
    this.#byLeaf.set(leaf, atoms);
    return atoms;
  }

  #derive(query: Query): Weighed | undefined {
    switch (query.kind) {
      case 'none':
        return { atoms: [], cost: 0 };
      case 'all':
      case 'not':
        return undefined;
      case 'and': {
        let best: Weighed | undefined;
        for (const part of query.of) {
          const weighed = this.#derive(part);
          if (weighed && (!best || weighed.cost < best.cost)) best = weighed;
        }
        return best;
      }
      case 'or': {
        const atoms: Atom[] = [];
        let cost = 0;
        for (const part of query.of) {
          const weighed = this.#derive(part);
          if (!weighed) return undefined;
          atoms.push(...weighed.atoms);
          cost += weighed.cost;
        }
        return { atoms, cost };
      }
      default: {
        const atoms = this.#atomsOf(query);
        return atoms && { atoms: atoms.map(({ atom }) => atom), cost: atoms.reduce(sumOfCosts, 0) };
      }
    }
  }
}

function sumOfCosts(sum: number, counted: Counted): number {
  return sum + costOf(counted);
}

/** Short literals occur by chance; frequent ones are what ordinary events are made of. */
function costOf({ atom, count }: Counted): number {
  if (atom.kind === 'exists') return 5_000;
  const chance = atom.kind === 'equals' ? 0.5 : 60 / (atom.text.length * atom.text.length);
  return (Math.max(count, 1) + chance) * (atom.slot === ANY_SLOT ? 5 : 1);
}

function leafAtoms(leaf: Leaf, table: PathTable): readonly Atom[] | undefined {
  if (leaf.kind === 'text') {
    const text = longestText(leaf.pattern);
    return text === undefined ? undefined : [{ slot: ANY_SLOT, kind: 'contains', text }];
  }
  const slot = table.slot(leaf.path);
  const present: readonly Atom[] = [{ slot, kind: 'exists', text: '' }];
  switch (leaf.kind) {
    case 'equals':
      return [{ slot, kind: 'equals', text: fold(String(leaf.value)) }];
    case 'contains':
    case 'startsWith':
    case 'endsWith': {
      const text = fold(leaf.value);
      return isScannable(text) ? [{ slot, kind: leaf.kind, text }] : present;
    }
    case 'wildcard': {
      const text = longestText(leaf.pattern);
      return text === undefined ? present : [{ slot, kind: 'contains', text }];
    }
    case 'regex': {
      const guard = requiredLiterals(leaf.source);
      if (!guard) return present;
      return guard.map((literals) => ({ slot, kind: 'contains' as const, text: longest(literals) }));
    }
    case 'exists':
    case 'cidr':
    case 'compare':
    case 'datePart':
    case 'fieldRef':
      return present;
  }
}

function longestText(
  pattern: readonly ({ readonly text: string } | { readonly wild: string })[],
): string | undefined {
  const texts = pattern.flatMap((part) => ('text' in part ? [fold(part.text)] : [])).filter(isScannable);
  return texts.length === 0 ? undefined : longest(texts);
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}

/** Tables read UTF-16 units one by one: where a pair of them has another case, literals are left out. */
function isScannable(text: string): boolean {
  return text !== '' && !/\p{Surrogate}/u.test(text) && !BEYOND_BMP_CASED.test(text);
}

const BEYOND_BMP_CASED = /(?![\0-\uffff])\p{Changes_When_Casemapped}/u;
