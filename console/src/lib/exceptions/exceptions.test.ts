import { describe, expect, it } from 'vitest';
import { parseQuery } from '#kernel/query/parse.js';
import type { Answer } from '$lib/api/answer.js';
import { clauseOf, holds, picksOf, queryTextOf, suggested, toggled, type FieldPick } from './draft.js';
import { DAY_MS, isGoodEnd, stateOf } from './expiry.js';
import { ExceptionPreview } from './preview.svelte.js';

const FIELDS = {
  'event.original': 'a whole line',
  'host.name': 'web-1',
  'source.ip': ['203.0.113.5', '10.0.0.1'],
  'process.command_line': 'sh -c "id and whoami"',
  'url.query': 'x=1',
  'blob.text': 'x'.repeat(1001),
};
const MATCHED = [{ path: 'url.query', value: 'x=1', selection: 'selection' }];
const picks = picksOf(FIELDS, MATCHED);
const pick = (path: string) => picks.find((one) => one.path === path) as FieldPick;

describe('picksOf', () => {
  it('offers identity first, then what matched; no whole lines, nothing too long for a query', () => {
    expect(picks.map(({ path, value }) => `${path}=${value}`)).toEqual([
      'host.name=web-1',
      'source.ip=203.0.113.5',
      'source.ip=10.0.0.1',
      'process.command_line=sh -c "id and whoami"',
      'url.query=x=1',
    ]);
  });
  it('makes a query that can be read, whatever the values are', () => {
    expect(parseQuery(queryTextOf(picks)).ok).toBe(true);
  });
});

describe('toggled', () => {
  const cases: Record<string, [string, string, boolean, string]> = {
    'adds to nothing': ['', 'host.name', true, 'host.name: "web-1"'],
    'adds with and': ['a: b', 'host.name', true, 'a: b and host.name: "web-1"'],
    'keeps an or together': ['a: b or c: d', 'host.name', true, '(a: b or c: d) and host.name: "web-1"'],
    'adds once': ['host.name: "web-1"', 'host.name', true, 'host.name: "web-1"'],
    'takes out the first': ['host.name: "web-1" and a: b', 'host.name', false, 'a: b'],
    'takes out the last': ['a: b and host.name: "web-1"', 'host.name', false, 'a: b'],
    'takes out the only one': ['host.name: "web-1"', 'host.name', false, ''],
    'leaves what is longer': ['host.name: "web-1"0', 'host.name', false, 'host.name: "web-1"0'],
  };
  for (const [name, [text, path, on, expected]] of Object.entries(cases))
    it(name, () => expect(toggled(text, pick(path), on)).toBe(expected));

  it('finds a value that has the word and in it', () => {
    const command = pick('process.command_line');
    const text = toggled('host.name: "web-1"', command, true);
    expect(holds(text, command)).toBe(true);
    expect(toggled(text, command, false)).toBe('host.name: "web-1"');
  });
});

describe('suggested', () => {
  it('begins with the value that was asked for, even one that is not offered', () => {
    expect(suggested(picks, { path: 'source.ip', value: '10.0.0.1' }).map(clauseOf)).toEqual([
      'source.ip: "10.0.0.1"',
    ]);
    expect(suggested(picks, { path: 'a.b', value: 'c' }).map(clauseOf)).toEqual(['a.b: "c"']);
  });
  it('else with whom the alert is about', () => {
    expect(suggested(picks, { entity: '203.0.113.5' }).map(clauseOf)).toEqual(['source.ip: "203.0.113.5"']);
    expect(suggested(picks, { entity: 'nobody' }).map(clauseOf)).toEqual(['host.name: "web-1"']);
  });
  it('of an alarm of another device with its name too', () => {
    const alarm = { path: 'rule.name', value: 'Scan', matched: false, identity: false };
    const offered = suggested([...picks, alarm], { entity: '203.0.113.5', isAlarm: true });
    expect(queryTextOf(offered)).toBe('rule.name: "Scan" and source.ip: "203.0.113.5"');
  });
});

describe('ends', () => {
  const now = Date.UTC(2026, 10, 26);
  it('lie after now and within the bound of their kind', () => {
    expect(isGoodEnd('mute', now + 31 * DAY_MS, now)).toBe(false);
    expect(isGoodEnd('exception', now + 31 * DAY_MS, now)).toBe(true);
    expect(isGoodEnd('exception', now, now)).toBe(false);
    expect(isGoodEnd('exception', undefined, now)).toBe(false);
  });
  it('tell an expired one from one that a person ended', () => {
    const past = new Date(now - 1).toISOString();
    const future = new Date(now + 1).toISOString();
    expect(stateOf({ expiresAt: future }, now)).toBe('active');
    expect(stateOf({ expiresAt: past }, now)).toBe('expired');
    expect(stateOf({ expiresAt: past, endedAt: past }, now)).toBe('ended');
  });
});

describe('ExceptionPreview', () => {
  const now = Date.UTC(2026, 10, 26);
  function door(answer: (to: string) => unknown) {
    const asked: { days: number; to: string }[] = [];
    return {
      asked,
      call<T>(_method: string, _path: string, { body }: { body?: unknown } = {}): Promise<Answer<T>> {
        const one = body as { days: number; to: string };
        asked.push(one);
        return Promise.resolve(answer(one.to) as Answer<T>);
      },
    };
  }
  const part = { matches: 2, hidden: 1, alertsOfRule: 1, alertsHidden: 1, alertsLookedAt: 1, alerts: [] };

  it('asks for thirty days in parts without a gap, and sums them up', async () => {
    const fake = door(() => ({ ok: true, value: part }));
    const preview = new ExceptionPreview(fake);
    await preview.run('r', 'a: b', now);
    expect(fake.asked.reduce((sum, { days }) => sum + days, 0)).toBe(30);
    const ends = fake.asked.slice(1).map(({ to }) => Date.parse(to));
    const starts = fake.asked.map(({ to, days }) => Date.parse(to) - days * DAY_MS);
    // The newest part takes in the present millisecond too.
    expect(starts.slice(0, -1).map((start, at) => Math.abs(start - (ends[at] ?? 0)) <= 1)).not.toContain(
      false,
    );
    expect(preview.sum).toMatchObject({ matches: 10, hidden: 5, alertsHidden: 5 });
    expect([preview.running, preview.days]).toEqual([false, 30]);
  });

  it('stops at a problem and tells it', async () => {
    const fake = door(() => ({ ok: false, problem: { code: 'invalid_query' } }));
    const preview = new ExceptionPreview(fake);
    await preview.run('r', 'a: (', now);
    expect(fake.asked).toHaveLength(1);
    expect(preview.problem?.code).toBe('invalid_query');
  });
});
