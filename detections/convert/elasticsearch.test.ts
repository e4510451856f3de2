/** The texts of the conversions to Elasticsearch and KQL; test/rule-elasticsearch.test.ts asks a real one. */
import { describe, expect, it } from 'vitest';
import type { Query } from '#kernel/query/ast.js';
import { toElasticsearch } from './elasticsearch.js';
import { countsCase, toKql } from './kql.js';
import { luceneRegex } from './lucene-regex.js';

const login: Query = {
  kind: 'and',
  of: [
    { kind: 'equals', path: 'event.code', value: 4625 },
    { kind: 'not', of: { kind: 'startsWith', path: 'user.name', value: 'svc*' } },
    { kind: 'cidr', path: 'source.ip', network: '10.0.0.0/8' },
    { kind: 'compare', path: 'destination.port', op: 'gte', value: 1024 },
  ],
};

describe('toElasticsearch', () => {
  it('asks each field as ECS maps it', () => {
    expect(toElasticsearch(login)).toEqual({
      ok: true,
      query: {
        bool: {
          filter: [
            { term: { 'event.code': { value: '4625' } } },
            { bool: { must_not: [{ prefix: { 'user.name': { value: 'svc*', case_insensitive: true } } }] } },
            { term: { 'source.ip': { value: '10.0.0.0/8' } } },
            { range: { 'destination.port': { gte: 1024 } } },
          ],
        },
      },
    });
  });
  it('escapes what is text in a pattern', () => {
    const query: Query = { kind: 'contains', path: 'x', value: '50%*?\\' };
    expect(toElasticsearch(query)).toEqual({
      ok: true,
      query: { wildcard: { x: { value: '*50%\\*\\?\\\\*' } } },
    });
  });
  it.each<[string, Query]>([
    ['convert.elasticsearch.text', { kind: 'contains', path: 'message', value: 'failed' }],
    ['convert.elasticsearch.ip', { kind: 'startsWith', path: 'source.ip', value: '10.' }],
    ['convert.elasticsearch.number', { kind: 'endsWith', path: 'process.pid', value: '0' }],
    ['convert.elasticsearch.date', { kind: 'startsWith', path: '@timestamp', value: '2026' }],
    ['convert.elasticsearch.case', { kind: 'equals', path: 'user.name', value: 'Jürgen' }],
    [
      'convert.elasticsearch.cidr',
      { kind: 'cidr', path: 'winlog.event_data.IpAddress', network: '10.0.0.0/8' },
    ],
    [
      'convert.elasticsearch.compare',
      { kind: 'compare', path: 'winlog.event_data.KeyLength', op: 'lt', value: 1 },
    ],
    ['convert.elasticsearch.regex', { kind: 'regex', path: 'x', source: '\\bfoo' }],
    ['convert.elasticsearch.fieldref', { kind: 'fieldRef', path: 'x', other: 'y', op: 'equals' }],
    ['convert.elasticsearch.date_part', { kind: 'datePart', path: 't', part: 'hour', op: 'lt', value: 6 }],
    ['convert.elasticsearch.keywords', { kind: 'text', pattern: [{ text: 'x' }] }],
    ['convert.elasticsearch.path', { kind: 'exists', path: 'a*' }],
  ])('refuses with %s', (code, query) => {
    expect(toElasticsearch(query)).toMatchObject({ ok: false, refusals: [{ code }] });
  });
  it('says that a number is no address, and an address no number', () => {
    const never = { ok: true, query: { match_none: {} } };
    expect(toElasticsearch({ kind: 'equals', path: 'source.ip', value: 'host' })).toEqual(never);
    expect(toElasticsearch({ kind: 'equals', path: 'source.port', value: 'http' })).toEqual(never);
  });
});

describe('luceneRegex', () => {
  it.each([
    ['a', '', '(.|\n)*a(.|\n)*'],
    ['^a$', '', 'a'],
    ['^a|b$', '', 'a(.|\n)*|(.|\n)*b'],
    ['^[a-c]$', 'i', '[a-cA-C]'],
    ['^\\d{2}$', '', '[0-9]{2}'],
    ['^#$', '', '\\#'],
    ['^(a|)$', '', '((a)?)'],
  ])('says /%s/%s', (source, flags, said) => {
    const made = luceneRegex(source, flags);
    expect(made?.replace(/^\((.*)\)$/s, '$1')).toBe(said);
  });
  it('says nothing beyond what Elasticsearch takes', () => {
    expect(luceneRegex('a'.repeat(1001), '')).toBeUndefined();
    expect(luceneRegex('('.repeat(60) + 'a' + ')'.repeat(60), '')).toBeUndefined();
    expect(luceneRegex('^a', 'm')).toBeUndefined();
  });
});

describe('toKql', () => {
  it('writes one line', () => {
    expect(toKql(login)).toEqual({
      ok: true,
      query:
        '(event.code:"4625" and (not user.name:svc\\**) and source.ip:"10.0.0.0/8" and destination.port >= 1024)',
    });
  });
  it.each<[Query, string]>([
    [{ kind: 'contains', path: 'x', value: 'a b' }, 'x:*a\\u0020b*'],
    [{ kind: 'endsWith', path: 'x', value: '"(:)' }, 'x:*\\"\\(\\:\\)'],
    [{ kind: 'equals', path: 'x', value: 'say "\\"' }, 'x:"say \\"\\\\\\""'],
    [{ kind: 'equals', path: 'odd field', value: 'x' }, 'odd\\u0020field:"x"'],
    [{ kind: 'wildcard', path: 'x', pattern: [{ wild: '*' }, { wild: '*' }, { text: '*' }] }, 'x:*\\*'],
    [{ kind: 'startsWith', path: 'x', value: 'a\nb' }, 'x:a\\u000ab*'],
    [{ kind: 'exists', path: 'x' }, 'x:*'],
    [{ kind: 'or', of: [] }, 'not *:*'],
    [{ kind: 'all' }, '*:*'],
  ])('says %j', (query, said) => {
    expect(toKql(query)).toEqual({ ok: true, query: said });
  });
  it.each<[string, Query]>([
    ['convert.kql.regex', { kind: 'regex', path: 'x', source: 'a' }],
    ['convert.kql.one_character', { kind: 'wildcard', path: 'x', pattern: [{ wild: '?' }] }],
    ['convert.kql.text', { kind: 'contains', path: 'message', value: 'x' }],
    ['convert.kql.keywords', { kind: 'text', pattern: [{ text: 'x' }] }],
  ])('refuses with %s', (code, query) => {
    expect(toKql(query)).toMatchObject({ ok: false, refusals: [{ code }] });
  });
  it('tells where case counts', () => {
    expect(countsCase(login)).toBe(true);
    expect(countsCase({ kind: 'equals', path: 'event.code', value: 4625 })).toBe(false);
    expect(countsCase({ kind: 'contains', path: 'x', value: 'A', cased: true })).toBe(false);
    expect(countsCase({ kind: 'equals', path: 'source.ip', value: 'FE80::1' })).toBe(false);
  });
});
