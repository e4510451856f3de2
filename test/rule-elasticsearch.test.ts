/** Rules in Elasticsearch's query language, in a real Elasticsearch with the fields that ECS maps: it finds what the predicate finds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { valuesOf, type Fields } from '#kernel/event.js';
import { pathsOf, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { readCases } from '#detections/cases/case-file.js';
import { toElasticsearch, type Clause } from '#detections/convert/elasticsearch.js';
import { mappedAs } from '#detections/convert/fields.js';
import { loadRuleSet } from '#detections/rule-set.js';
import { eventOf } from '../cli/rule-tests.js';
import { fieldsArbitrary, queryArbitrary } from '../store/contract/queries.js';
import { checkout } from './data.js';
import { skipUnless } from './skip.js';

const address = process.env['FENGHUO_TEST_ELASTICSEARCH'];
const real = skipUnless(
  address !== undefined,
  'no Elasticsearch is named (set FENGHUO_TEST_ELASTICSEARCH to its address)',
);

const TYPES = {
  keyword: { type: 'keyword' },
  number: { type: 'double', ignore_malformed: true },
  ip: { type: 'ip', ignore_malformed: true },
  date: { type: 'date', ignore_malformed: true },
  text: { type: 'text' },
} as const;

/** Of what a document has: the types that Elastic's templates give it. */
function mappingOf(documents: readonly Fields[]) {
  const paths = new Set(documents.flatMap((fields) => Object.keys(fields)));
  return Object.fromEntries([...paths].map((path) => [path, TYPES[mappedAs(path)]]));
}

/** The numbers of the documents that the predicate holds for. */
function heldBy(query: Query, documents: readonly Fields[]): number[] {
  const holds = compilePredicate(query);
  return documents.flatMap((fields, at) => (holds(fields) ? [at] : []));
}

real.describe('rules in Elasticsearch', () => {
  const client = new Client({ node: address ?? 'http://127.0.0.1:9200' });
  const made: string[] = [];

  /** An index of its own with these documents; gives the numbers of those that a query finds. */
  async function indexed(name: string, documents: readonly Fields[]) {
    const index = `fenghuo-test-${process.pid}-${name}`;
    made.push(index);
    await client.indices.create({
      index,
      settings: { number_of_replicas: 0, 'index.mapping.total_fields.limit': 20_000 },
      mappings: { subobjects: false, properties: mappingOf(documents) },
    });
    const outcome = await client.bulk({
      index,
      refresh: true,
      operations: documents.flatMap((fields, at) => [{ index: { _id: String(at) } }, fields]),
    });
    expect(outcome.items.filter(({ index: one }) => one?.error).map(({ index: one }) => one?.error)).toEqual(
      [],
    );
    return async (query: Clause): Promise<number[]> => {
      const found = await client.search({ index, query, size: 10_000, _source: false });
      return found.hits.hits.map(({ _id }) => Number(_id)).sort((a, b) => a - b);
    };
  }

  afterAll(async () => {
    for (const index of made) await client.indices.delete({ index, ignore_unavailable: true });
    await client.close();
  });

  const folder = join(checkout, 'detections/rules');
  let ruleSet: Awaited<ReturnType<typeof loadRuleSet>>['ruleSet'];
  beforeAll(async () => {
    ({ ruleSet } = await loadRuleSet([folder]));
  });

  it('find in the cases of all rules what the predicate finds', async () => {
    const documents: Fields[] = [];
    for (const { file } of ruleSet.rules) {
      const path = join(folder, file.replace(/\.yml$/, '.test.yml'));
      for (const { case: one } of readCases(readFileSync(path, 'utf8'), path).cases)
        if (!('sequence' in one)) documents.push(eventOf(one).fields);
    }
    const find = await indexed('cases', documents);
    let compared = 0;
    let matched = 0;
    for (const { id, file } of ruleSet.rules) {
      const query = ruleSet.queryOf(id);
      const asked = query && toElasticsearch(query);
      if (!query || !asked?.ok) continue;
      const expected = heldBy(query, documents);
      expect(await find(asked.query), file).toEqual(expected);
      compared += 1;
      matched += expected.length;
    }
    expect(compared).toBeGreaterThan(70);
    expect(matched).toBeGreaterThan(150);
  }, 120_000);

  it('find of any documents what the predicate finds, or are refused', async () => {
    // What docs/rules.md says of the difference is left out: letters that only Unicode folds, and halves of pairs.
    const plain = (text: string): string => text.replaceAll(/[İςΣ]|\p{Surrogate}/gu, 'z');
    const textual = (fields: Fields): Fields =>
      Object.fromEntries(
        Object.keys(fields).map((path) => [
          path,
          valuesOf(fields, path).map((value) => plain(String(value))),
        ]),
      );
    const documents = fc.sample(fieldsArbitrary, { numRuns: 300, seed: 7 }).map(textual);
    const find = await indexed('any', documents);
    let compared = 0;
    for (const query of fc.sample(queryArbitrary, { numRuns: 1500, seed: 11 })) {
      const asked = toElasticsearch(query);
      // A number that is text here, and an address that is none, are found by no query of their types.
      if (!asked.ok || pathsOf(query).some((path) => mappedAs(path) !== 'keyword')) continue;
      const expected = heldBy(query, documents);
      expect(await find(asked.query), JSON.stringify(query)).toEqual(expected);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(200);
  }, 120_000);

  it('take signs of their languages as text', async () => {
    const texts = [
      '*',
      '?',
      '\\',
      '\\*',
      '"',
      '#',
      '@',
      '&',
      '<1-3>',
      '~',
      'a.b',
      '[x]',
      '(',
      '{2}',
      '^',
      '$',
      '|',
      ' ',
      '中文',
      '',
    ];
    const documents = texts.map((x) => ({ x }));
    const find = await indexed('signs', documents);
    for (const [at, value] of texts.entries()) {
      const equal = toElasticsearch({ kind: 'equals', path: 'x', value });
      expect(equal.ok && (await find(equal.query)), value).toEqual([at]);
      for (const kind of ['contains', 'startsWith', 'endsWith'] as const) {
        const query: Query = { kind, path: 'x', value };
        const asked = toElasticsearch(query);
        const expected = heldBy(query, documents);
        expect(asked.ok && (await find(asked.query)), `${kind} ${value}`).toEqual(expected);
      }
      const source = value.replaceAll(/[^A-Za-z0-9]/g, (sign) => (sign > '\x7f' ? sign : `\\${sign}`));
      const regex: Query = { kind: 'regex', path: 'x', source: `^${source}$` };
      const asked = toElasticsearch(regex);
      expect(asked.ok && (await find(asked.query)), source).toEqual([at]);
    }
  }, 60_000);

  it('say expressions of RE2 as Lucene does', async () => {
    const values = [
      '',
      'a',
      'ab',
      'abab',
      'b\na',
      'A1_',
      'cmd.exe /c whoami',
      'x-y',
      '0',
      '\t',
      'é',
      ']',
      'a]b',
      '-',
      'aaaa',
    ];
    const documents = values.map((x) => ({ x }));
    const find = await indexed('regex', documents);
    const sources = [
      'a',
      '^a',
      'a$',
      '^a$',
      '^$',
      '',
      '.',
      '^.$',
      'b.a',
      '^(?:ab)+$',
      'a|^b',
      '^(a|)b?$',
      '\\d',
      '\\D',
      '^\\w+$',
      '\\W',
      '\\s',
      '[a-c]',
      '[^a-c]',
      '^[]a]+$',
      '[\\d_]',
      '[-x]',
      'a{2}',
      '^a{1,3}$',
      '^a{2,}?$',
      '\\.exe\\s',
      '\\x61',
      '\\x{62}',
      '(?P<n>a)b',
      'CMD',
      '(?i)CMD',
      '^(?:a|b)*?$',
      '\\t',
      'a\\]b',
    ];
    for (const source of sources)
      for (const flags of ['', 'i', 's']) {
        const query: Query = { kind: 'regex', path: 'x', source, flags };
        const asked = toElasticsearch(query);
        const expected = heldBy(query, documents);
        expect(asked.ok && (await find(asked.query)), `/${source}/${flags} ${JSON.stringify(asked)}`).toEqual(
          expected,
        );
      }
    for (const source of ['\\bword', '\\p{L}', 'a(^b)', '[[:alpha:]]', '\\1', 'a++'])
      expect(toElasticsearch({ kind: 'regex', path: 'x', source }).ok, source).toBe(false);
  }, 60_000);
});
