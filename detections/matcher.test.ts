import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fields, FieldValue } from '#kernel/event.js';
import type { PatternPart, Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { Matcher, type MatcherRule } from './matcher.js';
import type { LoadedRule } from './types.js';

const PATHS = ['kind', 'code', 'a', 'b', 'c.d'] as const;
/** Few characters, and the awkward ones: pieces of each other, case, folding that changes length or plane. */
const LETTERS = ['a', 'b', 'A', 'k', 's', '\u212a', '\u017f', 'İ', 'ς', 'Σ', '𐐀', '𐐨', '\\', '*', '1', ' '];
const text = fc.array(fc.constantFrom(...LETTERS), { maxLength: 6 }).map((parts) => parts.join(''));
const word = fc.oneof(fc.constantFrom('x', 'y', 'X', '1', '4688'), text);
const scalar = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom(1, 4688, true, false) },
);
const value: fc.Arbitrary<FieldValue> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { minLength: 1, maxLength: 3 }) },
);
const fields: fc.Arbitrary<Fields> = fc.dictionary(fc.constantFrom(...PATHS), value, {
  noNullPrototype: true,
});
const path = fc.constantFrom(...PATHS);
const cased = fc.constantFrom({}, {}, { cased: true });
const part: fc.Arbitrary<PatternPart> = fc.oneof(
  text.filter((piece) => piece !== '').map((piece) => ({ text: piece })),
  fc.constantFrom<PatternPart>({ wild: '*' }, { wild: '?' }),
);
const pattern = fc.array(part, { minLength: 1, maxLength: 4 });
const regex = fc.constantFrom(
  'ab',
  '^a',
  'k+b?',
  'a|b',
  '(ab|ba)s',
  'a{0}bs',
  '[ab]k',
  'as?b',
  '\\x61b',
  'ks$',
  '\\*a',
  'b{2,}a',
);

const leaf: fc.Arbitrary<Query> = fc.oneof(
  path.map((where): Query => ({ kind: 'exists', path: where })),
  fc
    .tuple(path, scalar, cased)
    .map(([where, wanted, flag]): Query => ({ kind: 'equals', path: where, value: wanted, ...flag })),
  fc
    .tuple(fc.constantFrom('contains', 'startsWith', 'endsWith'), path, text, cased)
    .map(([kind, where, wanted, flag]) => ({ kind, path: where, value: wanted, ...flag }) as Query),
  fc
    .tuple(path, pattern, cased)
    .map(([where, wanted, flag]): Query => ({ kind: 'wildcard', path: where, pattern: wanted, ...flag })),
  fc.tuple(path, regex, fc.constantFrom('', 'i', 'ims')).map(([where, source, flags]): Query => ({
    kind: 'regex',
    path: where,
    source,
    ...(flags && { flags }),
  })),
  fc
    .tuple(path, fc.constantFrom('lt', 'gte'))
    .map(([where, op]) => ({ kind: 'compare', path: where, op, value: 2 }) as Query),
  fc
    .tuple(path, path, fc.constantFrom('equals', 'contains', 'endsWith'))
    .map(([where, other, op]) => ({ kind: 'fieldRef', path: where, other, op }) as Query),
  fc.tuple(pattern, cased).map(([wanted, flag]): Query => ({ kind: 'text', pattern: wanted, ...flag })),
);
const query = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('query'), { minLength: 1, maxLength: 3 })
        .map((of): Query => ({ kind: 'and', of })),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(tie('query'), { minLength: 1, maxLength: 3 })
        .map((of): Query => ({ kind: 'or', of })),
    },
    { weight: 1, arbitrary: tie('query').map((of): Query => ({ kind: 'not', of })) },
  ),
})).query;
/** What log sources look like: equalities and presence on the routing paths. */
const source: fc.Arbitrary<Query> = fc.oneof(
  fc.constant<Query>({ kind: 'all' }),
  fc.constantFrom<Query>(
    { kind: 'equals', path: 'kind', value: 'x' },
    { kind: 'exists', path: 'kind' },
    {
      kind: 'and',
      of: [
        { kind: 'equals', path: 'kind', value: 'Y' },
        {
          kind: 'or',
          of: [
            { kind: 'equals', path: 'code', value: 1 },
            { kind: 'equals', path: 'code', value: 4688 },
          ],
        },
      ],
    },
    { kind: 'not', of: { kind: 'equals', path: 'code', value: '4688', cased: true } },
    { kind: 'contains', path: 'b', value: 'a' },
  ),
);

function ruleOf(number: number, from: Query, detection: Query): MatcherRule {
  const id = String(number);
  const loaded: LoadedRule = {
    id,
    version: '',
    reference: { id, version: '', title: '', tags: [] },
    level: 'low',
    text: '',
  };
  return { loaded, source: from, detection, selections: [{ name: 'selection', query: detection }] };
}

describe('the matcher', () => {
  it('says of every rule and event what the predicate says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(source, query), { minLength: 1, maxLength: 12 }),
        fc.array(fields, { minLength: 1, maxLength: 12 }),
        (queries, events) => {
          const rules = queries.map(([from, detection], index) => ruleOf(index, from, detection));
          const matcher = new Matcher(rules);
          const predicates = queries.map((of) => compilePredicate({ kind: 'and', of }));
          for (const event of events) {
            const errors: unknown[] = [];
            const found = matcher
              .match({ fields: event }, (_, error) => errors.push(error))
              .map(({ rule }) => rule.id);
            const wanted = predicates.flatMap((predicate, index) =>
              predicate(event) ? [String(index)] : [],
            );
            expect(errors).toEqual([]);
            expect(found).toEqual(wanted);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('notes the arrival of what a log source’s predicate holds for, of rules or not', () => {
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 6 }),
        fc.array(source, { maxLength: 2 }),
        fc.array(fields, { minLength: 1, maxLength: 12 }),
        (from, besides, events) => {
          const rules = from.map((one, index) => ruleOf(index, one, { kind: 'none' }));
          const matcher = new Matcher(rules, besides);
          const timeOf = (index: number) => (index + 1) * 60_000;
          for (const [index, event] of events.entries())
            matcher.match({ fields: event, ingestedMs: timeOf(index) }, () => undefined);
          for (const one of [...from, ...besides]) {
            const last = events.findLastIndex(compilePredicate(one));
            expect(matcher.arrivalOf(one)).toEqual({ lastMs: last < 0 ? 0 : timeOf(last), sampleMs: 0 });
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows values that their leaves hold for', () => {
    fc.assert(
      fc.property(query, fields, (detection, event) => {
        const [match] = new Matcher([ruleOf(0, { kind: 'all' }, detection)]).match(
          { fields: event },
          () => undefined,
        );
        for (const { path: where, value: shown, selection } of match?.matched ?? []) {
          expect([event[where]].flat().map(String)).toContain(shown);
          expect(selection).toBe('selection');
        }
      }),
    );
  });

  it('names path, value and selection of what matched, and nothing of what did not', () => {
    const detection: Query = {
      kind: 'and',
      of: [
        { kind: 'endsWith', path: 'image', value: '\\CMD.exe' },
        {
          kind: 'or',
          of: [
            { kind: 'contains', path: 'line', value: 'whoami' },
            { kind: 'contains', path: 'line', value: 'nothing' },
          ],
        },
        { kind: 'not', of: { kind: 'equals', path: 'user', value: 'system' } },
      ],
    };
    const matcher = new Matcher([ruleOf(0, { kind: 'all' }, detection)]);
    const fields = { image: 'C:\\Windows\\cmd.exe', line: ['dir', 'cmd /c WHOAMI'], user: 'zhang' };
    expect(matcher.match({ fields }, () => undefined)[0]?.matched).toEqual([
      { path: 'image', value: 'C:\\Windows\\cmd.exe', selection: 'selection' },
      { path: 'line', value: 'cmd /c WHOAMI', selection: 'selection' },
    ]);
  });

  it('finds a literal by the long s beside a rule that asks for the long s', () => {
    const matcher = new Matcher([
      ruleOf(0, { kind: 'all' }, { kind: 'contains', path: 'a', value: 'ſ' }),
      ruleOf(1, { kind: 'all' }, { kind: 'regex', path: 'a', source: 'ks$', flags: 'i' }),
    ]);
    const found = (a: string) => matcher.match({ fields: { a } }, () => undefined).map(({ rule }) => rule.id);
    expect(found('Kſ')).toEqual(['0', '1']);
    expect(found('Ks')).toEqual(['1']);
  });

  it('goes on after a rule that fails, and tells of it every time', () => {
    const broken: Query = { kind: 'regex', path: 'a', source: '(?=x)' };
    const matcher = new Matcher([
      ruleOf(0, { kind: 'all' }, broken),
      ruleOf(1, { kind: 'all' }, { kind: 'exists', path: 'a' }),
    ]);
    const failed: string[] = [];
    for (let round = 0; round < 2; round++)
      expect(
        matcher.match({ fields: { a: 'x' } }, (rule) => failed.push(rule.id)).map(({ rule }) => rule.id),
      ).toEqual(['1']);
    expect(failed).toEqual(['0', '0']);
  });

  it('stays exact when a sender invents more kinds of logs than are remembered', () => {
    const codes = Array.from({ length: 5_000 }, (_, index) => index);
    const detection: Query = { kind: 'contains', path: 'a', value: 'needle' };
    const rules = codes.map((code) => ruleOf(code, { kind: 'equals', path: 'code', value: code }, detection));
    const matcher = new Matcher(rules.slice(0, 4_500));
    for (const code of codes.filter((each) => each % 7 === 0 || each > 4_400)) {
      const found = matcher.match({ fields: { code: String(code), a: 'a needle' } }, () => undefined);
      expect(found.map(({ rule }) => rule.id)).toEqual(code < 4_500 ? [String(code)] : []);
    }
  });
});
