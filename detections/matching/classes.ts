/** The alphabet of a set of literals: classes of UTF-16 units, case folded. */
import { fold } from '#kernel/query/fold.js';

/** Class of every UTF-16 unit after folding, for the units that literals use; 0 for all others. */
export interface Classes {
  readonly of: Uint8Array | Uint16Array;
  readonly count: number;
}

/** Shared by all tables with the same alphabet: 65,536 units are many beside a small automaton. */
const classTables = new Map<string, WeakRef<Classes>>();

export function classesOf(entries: readonly { readonly text: string }[]): Classes {
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
