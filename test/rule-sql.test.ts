/** Rules as SQL, in the real DuckDB: it finds what the predicate finds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { valuesOf, type Fields } from '#kernel/event.js';
import { pathsOf, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { readCases } from '#detections/cases/case-file.js';
import { toSql } from '#detections/convert/sql.js';
import { loadRuleSet } from '#detections/rule-set.js';
import { fieldsArbitrary, queryArbitrary } from '../store/contract/queries.js';
import { eventOf } from '../cli/rule-tests.js';
import { checkout } from './data.js';

const instance = await DuckDBInstance.create(':memory:', {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
});
const connection = await instance.connect();
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** Whether the SQL finds the one event of a table with the columns that it asks for. */
async function finds(sql: string, query: Query, fields: Fields): Promise<boolean> {
  const paths = pathsOf(query);
  const columns = ['"at row" INTEGER', ...paths.map((path) => `"${path.replaceAll('"', '""')}" VARCHAR`)];
  await connection.run(`CREATE OR REPLACE TABLE events (${columns.join(', ')})`);
  const values = paths.map((path) => {
    const [value] = valuesOf(fields, path);
    return value === undefined ? null : String(value);
  });
  await connection.run(`INSERT INTO events VALUES (1${', ?'.repeat(values.length)})`, values);
  return (await (await connection.run(sql)).getRows()).length > 0;
}

/** Lists have no place in a column. */
function scalarsOf(fields: Fields): Fields {
  return Object.fromEntries(
    Object.keys(fields).map((path) => [path, textual(String(valuesOf(fields, path)[0]))]),
  );
}

/** Without what docs/rules.md says of the difference: dotted İ, and numbers with blanks around them; and halves of pairs. */
function textual(text: string): string {
  const said = text.replaceAll('İ', 'i').replaceAll(/\p{Surrogate}/gu, '\ufffd');
  return said !== '' && said.trim() !== said && !Number.isNaN(Number(said)) ? `a${said}` : said;
}

const folder = join(checkout, 'detections/rules');
const { ruleSet } = await loadRuleSet([folder]);

describe('shipped rules as SQL', () => {
  const said = ruleSet.rules.map((rule) => {
    const query = ruleSet.queryOf(rule.id) as Query;
    return { rule, query, sql: toSql(query) };
  });

  it('can be said, but those on networks and on names that differ by case', () => {
    const refused = said.flatMap(({ sql }) => (sql.ok ? [] : sql.refusals.map(({ code }) => code)));
    expect(new Set(refused)).toEqual(new Set(['convert.sql.cidr', 'convert.sql.path_case']));
    expect(refused.length).toBeLessThan(said.length / 5);
  });

  it('find in their cases what the predicate finds', async () => {
    let cases = 0;
    for (const { rule, query, sql } of said) {
      if (!sql.ok) continue;
      const path = join(folder, rule.file.replace(/\.yml$/, '.test.yml'));
      const holds = compilePredicate(query);
      for (const { case: one } of readCases(readFileSync(path, 'utf8'), path).cases) {
        const { fields } = eventOf(one);
        if (pathsOf(query).some((asked) => valuesOf(fields, asked).length > 1)) continue;
        expect(await finds(sql.query, query, fields), `${rule.file} ${one.raw ?? ''}`).toBe(holds(fields));
        cases += 1;
      }
    }
    expect(cases).toBeGreaterThan(200);
  });
});

describe('any query as SQL', () => {
  it('finds what the predicate finds, or is refused', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(queryArbitrary, fieldsArbitrary, async (query, any) => {
        const sql = toSql(query);
        if (!sql.ok) return;
        const fields = scalarsOf(any);
        compared += 1;
        expect(await finds(sql.query, query, fields), sql.query).toBe(compilePredicate(query)(fields));
      }),
      { numRuns: 1500 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it.each(["'; DROP TABLE events; --", 'a\\', "\\'", '%', '_', '100%_\\', 'a\0b', '"', '$$', '?', 'a\nb'])(
    'takes %j as text only',
    async (text) => {
      for (const kind of ['equals', 'contains', 'startsWith', 'endsWith'] as const) {
        const query: Query = { kind, path: 'a"b', value: text };
        const sql = toSql(query);
        expect(sql.ok && (await finds(sql.query, query, { 'a"b': text }))).toBe(true);
        expect(sql.ok && (await finds(sql.query, query, { 'a"b': 'other' }))).toBe(false);
      }
      const query: Query = { kind: 'wildcard', path: 'x', pattern: [{ text }, { wild: '*' }, { text: 'z' }] };
      const sql = toSql(query);
      expect(sql.ok && (await finds(sql.query, query, { x: `${text}-z` }))).toBe(true);
      expect(sql.ok && (await finds(sql.query, query, { x: '-z' }))).toBe(false);
    },
  );

  it('says a long row of values within the depth that the engine bounds', async () => {
    const query: Query = {
      kind: 'or',
      of: Array.from({ length: 5000 }, (_, at) => ({ kind: 'equals' as const, path: 'x', value: at })),
    };
    const sql = toSql(query);
    expect(sql.ok && (await finds(sql.query, query, { x: '4999' }))).toBe(true);
  });
});
