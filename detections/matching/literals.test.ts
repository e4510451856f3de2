import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '#kernel/query/fold.js';
import { Automaton } from './automaton.js';
import { Literals, type Entry } from './literals.js';
import { SkipScan } from './skip-scan.js';

/** Few letters, so that literals overlap and stand within each other. */
const LETTERS = ['a', 'b', 'A', 'k', '\u212a', 'Σ', 'ς', '\\', ' ', '😀'];
const textOf = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...LETTERS), { minLength, maxLength }).map((parts) => parts.join(''));

function entriesOf(literals: readonly (readonly [Entry['kind'], string])[]): Entry[] {
  const unique = new Map(
    literals.map(([kind, text]) => [`${kind} ${fold(text)}`, [kind, fold(text)] as const]),
  );
  return [...unique.values()].map(([kind, text], rule) => ({ kind, text, rules: [rule] }));
}

function found(table: { scan: Literals['scan'] }, text: string): number[] {
  const rules = new Set<number>();
  table.scan(text, (some) => {
    for (const rule of some) rules.add(rule);
  });
  return [...rules].sort((a, b) => a - b);
}

function plainly(entries: readonly Entry[], text: string): number[] {
  const folded = fold(text);
  const stands = { contains: 'includes', startsWith: 'startsWith', endsWith: 'endsWith' } as const;
  return entries.flatMap(({ kind, text: wanted, rules }) => (folded[stands[kind]](wanted) ? rules : []));
}

const kind = fc.constantFrom<Entry['kind']>('contains', 'startsWith', 'endsWith');

describe('literals', () => {
  it.each([
    ['short and long', 1, 8],
    ['all long enough to skip', 5, 12],
  ])('are found where they stand, and nowhere else: %s', (_, least, most) => {
    const literals = fc.array(fc.tuple(kind, textOf(least, most)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(literals, fc.array(textOf(0, 40), { maxLength: 6 }), (given, texts) => {
        const entries = entriesOf(given);
        const table = new Literals(entries);
        // Texts that hold the literals for certain, beside those that may.
        const all = [
          ...texts,
          ...entries.flatMap(({ text }) => [text, `x${text}`, `${text}x`, `A${text}k${text}`]),
        ];
        for (const text of all) expect(found(table, text)).toEqual(plainly(entries, text));
      }),
      { numRuns: 300 },
    );
  });

  it('are found by skipping as by the automaton, though hashes of blocks collide, and windows are shortened', () => {
    const wide = fc.array(
      fc.string({
        unit: fc.integer({ min: 0x20, max: 0x24f }).map((code) => String.fromCharCode(code)),
        minLength: 5,
        maxLength: 300,
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(wide, (given) => {
        const literals = [...new Set(given.map(fold))].map((text, rule) => ({ text, rules: [rule] }));
        const text = literals.map((one) => one.text).join('-');
        expect(found(new SkipScan(literals), text)).toEqual(found(new Automaton(literals), text));
      }),
      { numRuns: 60 },
    );
  });
});
