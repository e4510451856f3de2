/** The decision: grouping, outcomes, copies, and the conservation of matches for any frames. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '#kernel/event.js';
import type { Judgement, LedgerCounts } from '#kernel/schema/judgement.js';
import { outcomeOf } from './attack-facts.js';
import { alertIdOf, entityOf, matchedEventOf } from './effects.js';
import { fold, judge } from './judge.js';
import { INGESTED, NO_GROUPS, says, testEvent, testFrame, testRules } from './judging.fixture.js';
import type { LoadedRule } from './types.js';

const RULES = testRules([{ id: 'ssh', holds: says('bad') }]);
const rule = (more: Partial<LoadedRule> = {}): LoadedRule => ({ ...(RULES.rules[0] as LoadedRule), ...more });

describe('entityOf', () => {
  const full = { 'host.name': 'h', 'source.ip': '192.0.2.1', 'user.name': 'u' };
  const cases: Record<string, [Partial<LoadedRule>, Event['fields'], string]> = {
    'host before all': [{}, full, 'host:h'],
    'then the source address': [{}, { ...full, 'host.name': '' }, 'source_ip:192.0.2.1'],
    'then the user': [{}, { 'user.name': ['u', 'v'] }, 'user:u'],
    'then the source': [{}, {}, 'source:src_1'],
    'what the rule says': [{ entity: 'user' }, full, 'user:u'],
    'another where the event lacks it': [{ entity: 'source_ip' }, { 'host.name': 'h' }, 'host:h'],
    'the source by choice': [{ entity: 'source' }, full, 'source:src_1'],
    'none by choice': [{ entity: 'none' }, full, 'none:'],
    'a long name cut': [{}, { 'host.name': 'x'.repeat(10_000) }, `host:${'x'.repeat(256)}`],
  };
  for (const [name, [choice, fields, expected]] of Object.entries(cases))
    it(name, () => {
      const entity = entityOf(rule(choice), testEvent(1, fields));
      expect(`${entity.kind}:${entity.value}`).toBe(expected);
    });
});

describe('outcomeOf', () => {
  it.each([
    [{}, 'success', 'succeeded'],
    [{}, 'failure', 'attempted'],
    [{}, 'unknown', 'unknown'],
    [{ outcome: 'compromised' as const }, 'failure', 'compromised'],
  ])('%o of an event that is a %s: %s', (choice, outcome, expected) => {
    expect(outcomeOf(rule(choice), testEvent(1, { 'event.outcome': outcome })).outcome).toBe(expected);
  });
});

describe('matchedEventOf', () => {
  it('cuts values over 32 KiB between two characters and names their paths', () => {
    const event = testEvent(1, {
      message: `x${'字'.repeat(20_000)}`,
      fits: 'y'.repeat(32 * 1024),
      list: ['short', 'z'.repeat(40_000)],
      number: 7,
    });
    const copy = matchedEventOf(event, []);
    expect(copy.truncated).toEqual(['message', 'list']);
    expect(copy.event.fields['message']).toBe(`x${'字'.repeat(10_922)}`);
    expect(copy.event.fields['fits']).toBe(event.fields['fits']);
    expect(copy.event.fields['list']).toEqual(['short', 'z'.repeat(32 * 1024)]);
    expect(matchedEventOf(testEvent(2, { message: 'm' }), [])).not.toHaveProperty('truncated');
  });
});

describe('judge', () => {
  it('makes one alert a group and merges the others into it', () => {
    const events = [
      testEvent(1, { message: 'bad', 'host.name': 'a', 'event.outcome': 'failure', 'user.name': 'root' }),
      testEvent(2, { message: 'good', 'host.name': 'a' }),
      testEvent(3, { message: 'bad', 'host.name': 'b' }, { classification: 3 }),
      testEvent(
        4,
        { message: 'bad', 'host.name': 'a', 'event.outcome': 'success' },
        { timeMs: INGESTED - 9000 },
      ),
      testEvent(5, { message: 'bad', 'host.name': 'a' }, { unit: '/cn/gd' }),
      testEvent(6, { message: 'bad', 'host.name': 'a' }, { realm: 'drill:d1' }),
    ];
    const judgement = judge(testFrame(7, events), RULES, NO_GROUPS, INGESTED);
    expect(judgement).toMatchObject({
      id: 'jrn_1/7',
      ...{
        fromFrame: 7,
        toFrame: 7,
        firstSeq: 1,
        lastSeq: 6,
        events: 6,
        ruleSet: 'set-1',
        classification: 3,
      },
      rules: [{ rule: 'ssh', version: 'v1', matches: 5, created: 4, merged: 1, signalled: 0, errors: 0 }],
    });
    expect(judgement.effects.map(({ groupKey, kind, count }) => [groupKey, kind, count])).toEqual([
      ['ssh|host:a|/cn|live', 'create', 2],
      ['ssh|host:b|/cn|live', 'create', 1],
      ['ssh|host:a|/cn/gd|live', 'create', 1],
      ['ssh|host:a|/cn|drill:d1', 'create', 1],
    ]);
    const [effect] = judgement.effects;
    expect(effect).toMatchObject({
      alert: alertIdOf('jrn_1/7', 'ssh|host:a|/cn|live'),
      ...{ outcome: 'succeeded', host: 'a', latenessMs: 9000, firstEventMs: INGESTED - 9000 },
      ...{ lastEventMs: INGESTED - 999, samples: [] },
    });
    expect([effect?.first.event.seq, effect?.last.event.seq]).toEqual([4, 1]);
    expect(effect?.alert).toMatch(/^alr_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it('merges all into the alert that is open', () => {
    const groups = { find: (key: string) => (key === 'ssh|host:a|/cn|live' ? 'alr_open' : undefined) };
    const events = [1, 2, 3].map((seq) => testEvent(seq, { message: 'bad', 'host.name': 'a' }));
    const judgement = judge(testFrame(1, events), RULES, groups, INGESTED);
    expect(judgement.effects).toMatchObject([{ kind: 'merge', alert: 'alr_open', count: 3 }]);
    expect(judgement.rules).toMatchObject([{ matches: 3, created: 0, merged: 3 }]);
  });

  it('keeps ten samples besides first and last', () => {
    const events = Array.from({ length: 40 }, (_, n) => testEvent(n + 1, { message: 'bad' }));
    const [effect] = judge(testFrame(1, events), RULES, NO_GROUPS, INGESTED).effects;
    expect([effect?.first, ...(effect?.samples ?? []), effect?.last].map((copy) => copy?.event.seq)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 40,
    ]);
  });

  it('signals the match of an informational rule and makes no alert', () => {
    const rules = testRules([{ id: 'i', level: 'informational', holds: () => true }]);
    const judgement = judge(testFrame(1, [testEvent(1, {})]), rules, NO_GROUPS, INGESTED);
    expect(judgement.effects).toEqual([]);
    expect(judgement.rules).toMatchObject([{ matches: 1, signalled: 1, created: 0 }]);
  });

  it('counts a rule that fails, and lets the others go on', () => {
    const failing = (): boolean => {
      throw new Error('no');
    };
    const rules = testRules([
      { id: 'a', holds: failing },
      { id: 'b', holds: says('bad') },
    ]);
    const told: string[] = [];
    const judgement = judge(testFrame(1, [testEvent(1, { message: 'bad' })]), rules, NO_GROUPS, INGESTED, {
      onRuleError: (r) => told.push(r.id),
    });
    expect(judgement.rules).toMatchObject([
      { rule: 'a', matches: 0, errors: 1 },
      { rule: 'b', matches: 1, errors: 0, created: 1 },
    ]);
    expect(told).toEqual(['a']);
  });

  it('gives the same judgement again', () => {
    const frame = testFrame(3, [testEvent(9, { message: 'bad', 'host.name': 'a' })]);
    expect(judge(frame, RULES, NO_GROUPS, INGESTED)).toEqual(judge(frame, RULES, NO_GROUPS, INGESTED));
  });
});

describe('conservation', () => {
  const rules = testRules([
    { id: 'a', holds: says('a') },
    { id: 'b', holds: says('b'), entity: 'user' },
    { id: 'c', holds: says('c'), level: 'informational' },
    {
      id: 'd',
      holds: (event) => {
        if (says('d')(event)) throw new Error('d');
        return says('a')(event);
      },
    },
  ]);
  const anyEvent = fc.record({
    message: fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'x'), maxLength: 4 }),
    host: fc.constantFrom('h1', 'h2', ''),
    user: fc.constantFrom('u1', 'u2'),
    unit: fc.constantFrom('/cn', '/cn/gd'),
    timeMs: fc.integer({ min: INGESTED - 10_000, max: INGESTED + 10_000 }),
  });

  /** Judges frames one after the other, opening the alerts as the projection does. */
  function apply(frames: readonly (readonly Event[])[]): {
    judgements: Judgement[];
    alerts: Map<string, number>;
  } {
    const open = new Map<string, string>();
    const alerts = new Map<string, number>();
    const judgements = frames.map((events, index) => {
      const groups = { find: (key: string) => open.get(key) };
      const judgement = judge(testFrame(index + 1, events), rules, groups, INGESTED);
      for (const effect of judgement.effects) {
        expect(effect.kind).toBe(open.has(effect.groupKey) ? 'merge' : 'create');
        open.set(effect.groupKey, effect.alert);
        alerts.set(effect.groupKey, (alerts.get(effect.groupKey) ?? 0) + effect.count);
      }
      return judgement;
    });
    return { judgements, alerts };
  }

  function totals(judgements: readonly Judgement[]): Record<string, LedgerCounts> {
    const sums: Record<string, Record<keyof LedgerCounts, number>> = {};
    for (const { rule, version: _version, ...counts } of judgements.flatMap((judgement) => judgement.rules)) {
      const sum = (sums[rule] ??= Object.fromEntries(Object.keys(counts).map((key) => [key, 0])) as never);
      for (const key of Object.keys(counts) as (keyof LedgerCounts)[]) sum[key] += counts[key];
    }
    return sums;
  }

  it('holds in every judgement, and any split into frames gives the same totals', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 40 }),
        fc.array(fc.nat(39), { maxLength: 6 }),
        (drawn, cuts) => {
          const events = drawn.map(({ message, host, user, unit, timeMs }, index) =>
            testEvent(index + 1, { message, 'host.name': host, 'user.name': user }, { unit, timeMs }),
          );
          const borders = [
            0,
            ...new Set(cuts.filter((cut) => cut > 0 && cut < events.length).sort((a, b) => a - b)),
          ];
          const split = borders
            .map((from, index) => events.slice(from, borders[index + 1]))
            .filter((f) => f.length);
          const whole = apply(events.length > 0 ? [events] : []);
          const parts = apply(split);
          for (const { rules: lines, effects } of [...whole.judgements, ...parts.judgements]) {
            for (const line of lines) {
              const { created, merged, suppressed, excepted, deferred, signalled } = line;
              expect(line.matches).toBe(created + merged + suppressed + excepted + deferred + signalled);
            }
            const alerted = lines.reduce((sum, { matches, signalled }) => sum + matches - signalled, 0);
            expect(effects.reduce((sum, { count }) => sum + count, 0)).toBe(alerted);
          }
          expect(totals(parts.judgements)).toEqual(totals(whole.judgements));
          expect(parts.alerts).toEqual(whole.alerts);
          const matched = events.reduce((sum, event) => sum + rules.match(event, () => undefined).length, 0);
          const counted = Object.values(totals(parts.judgements)).reduce(
            (sum, { matches }) => sum + matches,
            0,
          );
          expect(counted).toBe(matched);
        },
      ),
    );
  });
});

describe('fold', () => {
  const plain = (number: number, seq: number, version = 'set-1'): Judgement =>
    judge(
      testFrame(number, [testEvent(seq, {}), testEvent(seq + 1, {})]),
      testRules([], version),
      NO_GROUPS,
      number,
    );

  it('joins plain rows that touch', () => {
    expect(fold(plain(1, 1), plain(2, 3))).toMatchObject({
      ...{ id: 'jrn_1/1', fromFrame: 1, toFrame: 2, firstSeq: 1, lastSeq: 4, events: 4 },
      judgedAt: '1970-01-01T00:00:00.002Z',
    });
  });

  it('joins nothing else', () => {
    expect(fold(plain(1, 1), plain(3, 3))).toBeUndefined();
    expect(fold(plain(1, 1), plain(2, 5))).toBeUndefined();
    expect(fold(plain(1, 1), plain(2, 3, 'set-2'))).toBeUndefined();
    const matching = judge(testFrame(2, [testEvent(3, { message: 'bad' })]), RULES, NO_GROUPS, 0);
    expect(fold(plain(1, 1), matching)).toBeUndefined();
  });
});
