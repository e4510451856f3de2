import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../event.js';
import { and, or, type PatternPart, type Query } from './ast.js';
import { MAX_QUERY_DEPTH, parseQuery } from './parse.js';
import { compilePredicate } from './predicate.js';
import { printQuery } from './print.js';

const star: PatternPart = { wild: '*' };
const text = (value: string): Query => ({ kind: 'text', pattern: [{ text: value }] });
const is = (path: string, value: string): Query => ({ kind: 'equals', path, value });

const READS: Record<string, Query> = {
  '': { kind: 'all' },
  '  *  ': { kind: 'all' },
  failed: text('failed'),
  '"two words"': text('two words'),
  'failed password': and(text('failed'), text('password')),
  'user.name: root': is('user.name', 'root'),
  'user.name:root': is('user.name', 'root'),
  'user.name: "ro ot"': is('user.name', 'ro ot'),
  'user.name: *': { kind: 'exists', path: 'user.name' },
  'user.name: "*"': is('user.name', '*'),
  'user.name: ro*': { kind: 'startsWith', path: 'user.name', value: 'ro' },
  'user.name: *ot': { kind: 'endsWith', path: 'user.name', value: 'ot' },
  'user.name: *o*': { kind: 'contains', path: 'user.name', value: 'o' },
  'user.name: r?o*t': {
    kind: 'wildcard',
    path: 'user.name',
    pattern: [{ text: 'r' }, { wild: '?' }, { text: 'o' }, star, { text: 't' }],
  },
  'user.name: cased(Root)': { kind: 'equals', path: 'user.name', value: 'Root', cased: true },
  'process.executable: C:\\Windows\\System32\\cmd.exe': is(
    'process.executable',
    'C:\\Windows\\System32\\cmd.exe',
  ),
  'process.executable: *\\cmd.exe': { kind: 'endsWith', path: 'process.executable', value: '\\cmd.exe' },
  'process.name: a\\*b': is('process.name', 'a*b'),
  'source.ip: 10.0.0.0/8': { kind: 'cidr', path: 'source.ip', network: '10.0.0.0/8' },
  'source.ip: fe80::/10': { kind: 'cidr', path: 'source.ip', network: 'fe80::/10' },
  'source.ip: fe80::1': is('source.ip', 'fe80::1'),
  'version: 1.2/3': is('version', '1.2/3'),
  'url.path: /admin/x': is('url.path', '/admin/x'),
  'url.path: /adm[a-z]+/i': { kind: 'regex', path: 'url.path', source: 'adm[a-z]+', flags: 'i' },
  'http.response.status_code >= 500': {
    kind: 'compare',
    path: 'http.response.status_code',
    op: 'gte',
    value: 500,
  },
  'a: hour(3)': { kind: 'datePart', path: 'a', part: 'hour', op: 'eq', value: 3 },
  'a: hour( >= 20 )': { kind: 'datePart', path: 'a', part: 'hour', op: 'gte', value: 20 },
  'a: hour': { kind: 'equals', path: 'a', value: 'hour' },
  'a: fieldref(b.c)': { kind: 'fieldRef', path: 'a', other: 'b.c', op: 'equals' },
  'a: (x or y*)': or(is('a', 'x'), { kind: 'startsWith', path: 'a', value: 'y' }),
  'a: (x and not y)': and(is('a', 'x'), { kind: 'not', of: is('a', 'y') }),
  'not a: x': { kind: 'not', of: is('a', 'x') },
  'NOT not a: x': is('a', 'x'),
  'a: x or b: y and c: z': or(is('a', 'x'), and(is('b', 'y'), is('c', 'z'))),
  '(a: x or b: y) and c: z': and(or(is('a', 'x'), is('b', 'y')), is('c', 'z')),
  '用户: 张三': is('用户', '张三'),
};

const REFUSES: Record<string, { column?: number; message: RegExp }> = {
  'user.name:': { column: 11, message: /ends too early/ },
  '(a: x': { column: 6, message: /ends too early/ },
  'a: x)': { column: 5, message: /unexpected `\)`/ },
  'a: "x': { column: 4, message: /unexpected/ },
  'a and': { message: /ends too early/ },
  'a: /(?=x)/': { column: 4, message: /regular expression/ },
  'a: /[a-z]{0,1000}x/': { column: 4, message: /more than 500/ },
  'source.ip: 10.0.0.0/99': { column: 12, message: /not an IPv4 or IPv6 network/ },
  'a >= x': { column: 6, message: /unexpected `x`/ },
  [`${'('.repeat(MAX_QUERY_DEPTH + 1)}a${')'.repeat(MAX_QUERY_DEPTH + 1)}`]: {
    column: MAX_QUERY_DEPTH + 1,
    message: /levels/,
  },
  ['not '.repeat(5000) + 'a']: { message: /longer|levels/ },
  ['x'.repeat(20_000)]: { message: /longer than/ },
};

describe('parseQuery', () => {
  for (const [written, meant] of Object.entries(READS)) {
    it(`reads ${written || 'the empty text'}`, () => {
      expect(parseQuery(written)).toEqual({ ok: true, value: meant });
    });
  }

  for (const [written, wanted] of Object.entries(REFUSES)) {
    it(`refuses ${written.slice(0, 30)} with its place`, () => {
      const result = parseQuery(written);
      if (result.ok) throw new Error('it was read');
      const detail = result.fault.errors?.[0];
      expect(result.fault.code).toBe('invalid_query');
      expect(detail?.message).toMatch(wanted.message);
      expect(detail?.remedy).toBeTruthy();
      if (wanted.column) expect(detail?.column).toBe(wanted.column);
    });
  }

  it('never throws, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab:()"*?\\/ <>=!not'.split('')) })),
        (typed) => void parseQuery(typed),
      ),
    );
  });
});

const word = fc.oneof(
  fc.constantFrom('a', 'Root', 'x y', 'a*b', 'C:\\T', '"', '/etc/', 'not', '10.0.0.0/8', 'İ', 'ΟΔΟΣ', ''),
  fc.string({ maxLength: 6 }),
);
const path = fc.constantFrom('p', 'q.r', '名', 'or');
const parts = fc.array(
  fc.oneof(fc.record({ text: word }), fc.record({ wild: fc.constantFrom('*' as const, '?' as const) })),
  { minLength: 1, maxLength: 4 },
);
const leaf: fc.Arbitrary<Query> = fc.oneof(
  fc.record({ kind: fc.constant('equals' as const), path, value: word, cased: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom('contains' as const, 'startsWith' as const, 'endsWith' as const),
    path,
    value: word,
    cased: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('wildcard' as const), path, pattern: parts, cased: fc.boolean() }),
  fc.record({ kind: fc.constant('exists' as const), path }),
  fc.record({
    kind: fc.constant('regex' as const),
    path,
    source: fc.constantFrom('a+', '/x', '\\d', 'a\\/b'),
  }),
  fc.record({ kind: fc.constant('cidr' as const), path, network: fc.constantFrom('10.0.0.0/8', '::/0') }),
  fc.record({
    kind: fc.constant('compare' as const),
    path,
    op: fc.constantFrom('lt' as const, 'gte' as const),
    value: fc.integer(),
  }),
  fc.record({
    kind: fc.constant('fieldRef' as const),
    path,
    other: path,
    op: fc.constantFrom('equals' as const, 'contains' as const),
    cased: fc.boolean(),
  }),
  fc.constant<Query>({ kind: 'all' }),
  fc.constant<Query>({ kind: 'none' }),
);
const query: fc.Arbitrary<Query> = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('query'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('query') }),
  ),
})).query;
const value = fc.oneof(word, fc.integer(), fc.boolean(), fc.constantFrom('10.1.2.3', '::1'));
const fields: fc.Arbitrary<Fields> = fc.dictionary(
  path,
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })),
  { maxKeys: 3 },
);

describe('printQuery', () => {
  it('is read back with the same meaning', () => {
    fc.assert(
      fc.property(query, fields, (asked, event) => {
        const read = parseQuery(printQuery(asked));
        if (!read.ok) throw new Error(`${printQuery(asked)}: ${JSON.stringify(read.fault)}`);
        expect(compilePredicate(read.value)(event)).toBe(compilePredicate(asked)(event));
      }),
      { numRuns: 2000 },
    );
  });
});
