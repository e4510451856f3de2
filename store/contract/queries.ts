/** Arbitrary fields and queries over a small alphabet, so that queries hit, and over the signs engines trip over. */
import fc from 'fast-check';
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import { DATE_PARTS, type PatternPart, type Query } from '#kernel/query/ast.js';

/** Typed and untyped paths, names that differ in case, a name with signs of JSON in it. */
const paths = [
  'event.code',
  'event.category',
  'user.name',
  'source.ip',
  'message',
  'x.y',
  'X.y',
  'odd"k\\',
] as const;
const path = fc.constantFrom(...paths);

const letters = [
  'a',
  'A',
  'b',
  'B',
  '"',
  '\\',
  '%',
  '_',
  '\u001f',
  'İ',
  'ς',
  'Σ',
  '😀',
  '\ud83d',
  ' ',
  '1',
  '\n',
];
const word = fc.string({ unit: fc.constantFrom(...letters), maxLength: 4 });

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  { weight: 4, arbitrary: word },
  fc.constantFrom<Scalar>(
    0,
    1,
    11,
    '1970-01-11 11:01:00',
    1.5,
    -1,
    1e21,
    true,
    false,
    '10.0.0.1',
    '10.0.0.200',
    '::1',
    'true',
    '1e21',
  ),
);

const value: fc.Arbitrary<FieldValue> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { minLength: 1, maxLength: 3 }),
);

export const fieldsArbitrary: fc.Arbitrary<Fields> = fc
  .uniqueArray(fc.tuple(path, value), { maxLength: 5, selector: ([name]) => name })
  .map((entries) => Object.fromEntries(entries));

const pattern: fc.Arbitrary<PatternPart[]> = fc.array(
  fc.oneof(
    word.map((text): PatternPart => ({ text })),
    fc.constantFrom<PatternPart>({ wild: '*' }, { wild: '?' }),
  ),
  { minLength: 1, maxLength: 4 },
);

const cased = fc.boolean();

function queriesOver(path: fc.Arbitrary<string>): fc.Arbitrary<Query> {
  const leaf: fc.Arbitrary<Query> = fc.oneof(
    fc.constantFrom<Query>({ kind: 'all' }, { kind: 'none' }),
    fc.record({ kind: fc.constant('exists' as const), path }),
    fc.record({ kind: fc.constant('equals' as const), path, value: scalar, cased }),
    fc.record({
      kind: fc.constantFrom('contains' as const, 'startsWith' as const, 'endsWith' as const),
      path,
      value: word,
      cased,
    }),
    fc.record({ kind: fc.constant('wildcard' as const), path, pattern, cased }),
    fc.record({
      kind: fc.constant('regex' as const),
      path,
      source: fc.constantFrom('^a', 'b$', '[0-9]+', 'a|b', '(?i)a.b', '^$'),
    }),
    fc.record({ kind: fc.constant('cidr' as const), path, network: fc.constantFrom('10.0.0.0/25', '::/0') }),
    fc.record({
      kind: fc.constant('compare' as const),
      path,
      op: fc.constantFrom('lt' as const, 'lte' as const, 'gt' as const, 'gte' as const),
      value: fc.constantFrom(0, 1, 11),
    }),
    fc.record({
      kind: fc.constant('datePart' as const),
      path,
      part: fc.constantFrom(...DATE_PARTS),
      op: fc.constantFrom('eq' as const, 'lt' as const, 'gte' as const),
      value: fc.constantFrom(1, 11, 1970),
    }),
    fc.record({
      kind: fc.constant('fieldRef' as const),
      path,
      other: path,
      op: fc.constantFrom('equals' as const, 'contains' as const, 'startsWith' as const, 'endsWith' as const),
      cased,
    }),
    fc.record({ kind: fc.constant('text' as const), pattern, cased }),
  );

  return fc.letrec<{ query: Query }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: leaf },
      fc.record({ kind: fc.constant('not' as const), of: tie('query') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('query'), { maxLength: 3 }),
      }),
    ),
  })).query;
}

export const queryArbitrary = queriesOver(path);

/** Queries over the given paths. */
export function recordQueryArbitrary(paths: readonly string[]): fc.Arbitrary<Query> {
  return queriesOver(fc.constantFrom(...paths));
}
