import { describe, expect, it } from 'vitest';
import type { Fields } from '../event.js';
import type { Query } from './ast.js';
import { fold } from './fold.js';
import { cidrProblem, compilePredicate } from './predicate.js';
import { regexProblem } from './regex.js';

const p = 'p';
const star = { wild: '*' } as const;
const one = { wild: '?' } as const;

/** [query, fields, does it hold] */
const CASES: readonly [string, Query, Fields, boolean][] = [
  ['a number equals its text', { kind: 'equals', path: p, value: '4624' }, { p: 4624 }, true],
  ['text equals its number', { kind: 'equals', path: p, value: 4624 }, { p: '4624' }, true],
  ['a boolean equals its text', { kind: 'equals', path: p, value: 'TRUE' }, { p: true }, true],
  ['equality folds case', { kind: 'equals', path: p, value: 'ROOT' }, { p: 'root' }, true],
  ['unless cased', { kind: 'equals', path: p, value: 'ROOT', cased: true }, { p: 'root' }, false],
  ['any value of a bag', { kind: 'equals', path: p, value: 'b' }, { p: ['a', 'b'] }, true],
  ['an absent path equals nothing', { kind: 'equals', path: p, value: '' }, {}, false],
  ['a path is looked up whole', { kind: 'exists', path: 'a.b' }, { 'a.b': 1 }, true],
  ['names of Object.prototype are absent', { kind: 'exists', path: 'constructor' }, {}, false],
  ['text finds a word anywhere', { kind: 'text', pattern: [{ text: 'oo' }] }, { x: 'ROOT' }, true],
  [
    'text with a wildcard',
    { kind: 'text', pattern: [{ text: 'r' }, star, { text: 't' }] },
    { x: 'a root b' },
    true,
  ],
  ['wildcard is anchored', { kind: 'wildcard', path: p, pattern: [{ text: 'b' }, star] }, { p: 'ab' }, false],
  [
    '? is one character',
    { kind: 'wildcard', path: p, pattern: [{ text: 'a' }, one, { text: 'c' }] },
    { p: 'a😀c' },
    true,
  ],
  [
    '? is not none',
    { kind: 'wildcard', path: p, pattern: [{ text: 'a' }, one, { text: 'c' }] },
    { p: 'ac' },
    false,
  ],
  [
    'head and tail do not overlap',
    { kind: 'wildcard', path: p, pattern: [{ text: 'aba' }, star, { text: 'aba' }] },
    { p: 'ababa' },
    false,
  ],
  [
    '? at the end',
    { kind: 'wildcard', path: p, pattern: [star, { text: '.ex' }, one] },
    { p: 'C:\\x.exe' },
    true,
  ],
  ['regex is found anywhere', { kind: 'regex', path: p, source: 'o+' }, { p: 'root' }, true],
  ['regex is cased', { kind: 'regex', path: p, source: 'O+' }, { p: 'root' }, false],
  ['regex with i', { kind: 'regex', path: p, source: 'O+', flags: 'i' }, { p: 'root' }, true],
  ['cidr v4', { kind: 'cidr', path: p, network: '10.0.0.0/8' }, { p: '10.1.2.3' }, true],
  [
    'cidr v4, mapped address',
    { kind: 'cidr', path: p, network: '10.0.0.0/8' },
    { p: '::ffff:10.1.2.3' },
    true,
  ],
  ['cidr v6', { kind: 'cidr', path: p, network: 'fe80::/10' }, { p: 'fe80::1' }, true],
  ['cidr: shorthand is no address', { kind: 'cidr', path: p, network: '127.0.0.0/8' }, { p: '127.1' }, false],
  ['cidr: text', { kind: 'cidr', path: p, network: '0.0.0.0/0' }, { p: 'localhost' }, false],
  ['compare numeric text', { kind: 'compare', path: p, op: 'gte', value: 500 }, { p: '503' }, true],
  ['compare empty text', { kind: 'compare', path: p, op: 'lte', value: 0 }, { p: '' }, false],
  ['compare a boolean', { kind: 'compare', path: p, op: 'gte', value: 1 }, { p: true }, false],
  [
    'field reference',
    { kind: 'fieldRef', path: p, other: 'q', op: 'equals' },
    { p: 'A', q: ['b', 'a'] },
    true,
  ],
  ['field reference to nothing', { kind: 'fieldRef', path: p, other: 'q', op: 'equals' }, { p: 'A' }, false],
  ['Turkish capital I', { kind: 'equals', path: p, value: 'İ' }, { p: 'İ' }, true],
  ['final sigma', { kind: 'equals', path: p, value: 'ΟΔΟΣ' }, { p: 'οδος' }, true],
];

describe('compilePredicate', () => {
  it.each(CASES)('%s', (_name, query, fields, holds) => {
    expect(compilePredicate(query)(fields)).toBe(holds);
    expect(compilePredicate({ kind: 'not', of: query })(fields)).toBe(!holds);
  });

  it('stays linear where a backtracking engine explodes', () => {
    const hostile = { p: `${'a'.repeat(50_000)}!` };
    expect(compilePredicate({ kind: 'regex', path: p, source: '^(a+)+$' })(hostile)).toBe(false);
    expect(
      compilePredicate({
        kind: 'wildcard',
        path: p,
        pattern: [star, { text: 'a' }, star, { text: 'a' }, star, { text: 'b' }],
      })(hostile),
    ).toBe(false);
  });
});

describe('fold', () => {
  it.each([
    ['ABC', 'abc'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδος', 'οδοσ'],
    ['İ', 'İ'],
    ['ß', 'ß'],
    ['名', '名'],
  ])('%s → %s', (text, folded) => {
    expect(fold(text)).toBe(folded);
    expect(fold(folded)).toBe(folded);
  });
});

it('says what is wrong with an expression or a network', () => {
  expect(regexProblem('(?=x)')).toBeTruthy();
  expect(regexProblem('x+')).toBeUndefined();
  expect(cidrProblem('10.0.0.0/33')).toMatch(/10\.0\.0\.0\/33/);
  expect(cidrProblem('127.1')).toBeTruthy();
  expect(cidrProblem('10.0.0.1')).toBeUndefined();
});

it('tests many prefixes of one path as it does one by one', () => {
  const prefixes = ['2026-11-2', '2026-12', '2027', 'A', 'ab', ''];
  const many = (values: readonly string[]) =>
    compilePredicate({
      kind: 'or',
      of: values.map((value) => ({ kind: 'startsWith', path: 'x', value }) as const),
    });
  for (const x of ['2026-11-25T08:00:00.000Z', '2026-10-01', '2028', 'ABC', 'b', 7, ['q', 'abq'], []]) {
    const each = prefixes.slice(0, 5).some((value) => many([value])({ x }));
    expect(many(prefixes.slice(0, 5))({ x }), String(x)).toBe(each);
  }
  expect(many(prefixes)({})).toBe(false);
  expect(many(prefixes)({ x: 'anything' })).toBe(true);
});
