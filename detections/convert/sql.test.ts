import { describe, expect, it } from 'vitest';
import type { Query } from '#kernel/query/ast.js';
import { toSql } from './sql.js';

describe('toSql', () => {
  it('asks quoted columns of `events`', () => {
    const query: Query = {
      kind: 'and',
      of: [
        { kind: 'equals', path: 'event.code', value: 4625 },
        { kind: 'not', of: { kind: 'startsWith', path: 'user.name', value: "O'B" } },
      ],
    };
    expect(toSql(query)).toEqual({
      ok: true,
      query:
        `SELECT * FROM events WHERE (("event.code" IS NOT NULL AND lower(CAST("event.code" AS VARCHAR)) = '4625') AND ` +
        `(NOT ("user.name" IS NOT NULL AND starts_with(lower(CAST("user.name" AS VARCHAR)), 'o''b'))))`,
    });
  });

  it('gives each reason of a refusal once', () => {
    const network: Query = { kind: 'cidr', path: 'source.ip', network: '10.0.0.0/8' };
    const keyword: Query = { kind: 'text', pattern: [{ text: 'x' }] };
    const made = toSql({ kind: 'or', of: [network, { kind: 'not', of: network }, keyword] });
    expect(made.ok ? [] : made.refusals.map(({ code }) => code)).toEqual([
      'convert.sql.cidr',
      'convert.sql.keywords',
    ]);
  });

  it.each<[string, Query]>([
    ['convert.sql.date_part', { kind: 'datePart', path: 't', part: 'hour', op: 'lt', value: 6 }],
    ['convert.sql.text', { kind: 'contains', path: 'x', value: '\ud83d' }],
    ['convert.sql.path', { kind: 'exists', path: 'a\0b' }],
    ['convert.sql.path_case', { kind: 'fieldRef', path: 'x.y', other: 'X.y', op: 'equals' }],
  ])('refuses with %s', (code, query) => {
    expect(toSql(query)).toMatchObject({ ok: false, refusals: [{ code }] });
  });
});
