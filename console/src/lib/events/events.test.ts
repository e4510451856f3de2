import { describe, expect, it } from 'vitest';
import { parseQuery } from '#kernel/query/parse.js';
import { pointAt, traceHref } from './describe.js';
import { narrowed, quoted } from './pivot.js';
import { isRelative, momentOf, readRange } from './range.js';
import { EventSearch } from './search.svelte.js';

describe('pivots', () => {
  const cases: Record<string, [string, string, string, boolean, string]> = {
    'an empty query': ['', 'user.name', 'root', true, 'user.name: "root"'],
    'a star': ['*', 'user.name', 'root', true, 'user.name: "root"'],
    exclude: ['sshd', 'user.name', 'root', false, 'sshd and not user.name: "root"'],
    'an or is put in parentheses': ['a or b', 'x', 'y', true, '(a or b) and x: "y"'],
    'not twice': ['x: "y"', 'x', 'y', true, 'x: "y"'],
  };
  for (const [name, [q, path, value, include, expected]] of Object.entries(cases)) {
    it(name, () => expect(narrowed(q, path, value, include)).toBe(expected));
  }
  for (const value of ['C:\\Windows\\cmd.exe', 'say "hi"', '10.0.0.0/8', 'a*b', '(x)']) {
    it(`the query language reads ${value} back as it was`, () => {
      const parsed = parseQuery(`field: ${quoted(value)}`);
      expect(parsed).toMatchObject({ ok: true, value: { kind: 'equals', path: 'field', value } });
    });
  }
});

describe('time ranges', () => {
  const now = Date.UTC(2026, 10, 22);
  const moments: Record<string, number | undefined> = {
    '': now,
    now: now,
    'now-15m': now - 900_000,
    'now-7d': now - 604_800_000,
    '2026-11-21T00:00:00.000Z': now - 86_400_000,
    'now-15y': undefined,
    yesterday: undefined,
  };
  for (const [text, ms] of Object.entries(moments))
    it(text || 'nothing', () => expect(momentOf(text, now)).toBe(ms));
  it('is the last day where none is given', () => {
    expect(readRange(new URLSearchParams())).toEqual({ from: 'now-24h', to: '' });
    expect(isRelative({ from: 'now-1h', to: '' })).toBe(true);
    expect(isRelative({ from: 'now-1h', to: '2026-11-22T00:00:00Z' })).toBe(false);
  });
});

describe('what a row says', () => {
  it('points at the character of an error, also past the end and beyond the basic plane', () => {
    expect(pointAt('a: ((', 4)).toEqual({ before: 'a: ', at: '(', after: '(' });
    expect(pointAt('a:', 3)).toEqual({ before: 'a:', at: '␣', after: '' });
    expect(pointAt('🙂x', 2)).toEqual({ before: '🙂', at: 'x', after: '' });
  });
  it('leads from a value to its graph, where it has one', () => {
    expect(traceHref('source.ip', '10.0.0.1', { id: 'evt_1' })).toBe(
      '/trace?event=evt_1&view=graph&grown=ip%3A10.0.0.1',
    );
    expect(traceHref('message', 'x', { id: 'evt_1' })).toBeUndefined();
  });
});

describe('a search', () => {
  const setUp = () => {
    let broken = false;
    const door = {
      get: async (path: string, query: { cursor?: string }) => {
        if (broken)
          return {
            ok: false,
            problem: { type: '', title: '', status: 400, code: 'invalid_query', remedy: '' },
          };
        if (path !== '/events/search') return { ok: true, value: { items: [], buckets: [], stepMs: 1 } };
        const items = query.cursor ? [{ id: 'b' }] : [{ id: 'a' }];
        return { ok: true, value: { total: 2, totalExact: true, items, next: query.cursor ? null : 'c' } };
      },
    };
    return { search: new EventSearch(door as never), breakIt: () => (broken = true) };
  };
  const question = { q: 'x', range: { from: 'now-1h', to: '' } };

  it('adds page to page', async () => {
    const { search } = setUp();
    await search.ask(question);
    expect(search.hasMore).toBe(true);
    await search.more();
    expect([search.rows.map(({ id }) => id), search.hasMore]).toEqual([['a', 'b'], false]);
  });
  it('keeps what was found while the query is being mended', async () => {
    const { search, breakIt } = setUp();
    await search.ask(question);
    breakIt();
    await search.ask(question);
    expect([search.rows.length, search.problem?.code]).toEqual([1, 'invalid_query']);
  });
});
