/** Correlations in judgements: what is counted, what becomes an alert, and what an engine goes on from. */
import { describe, expect, it } from 'vitest';
import { createEventBus } from '#kernel/bus.js';
import type { Event } from '#kernel/event.js';
import type { Judgement, LedgerCounts } from '#kernel/schema/judgement.js';
import type { RuleException } from '#kernel/schema/rule.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import { exceptionSet } from '../exceptions.js';
import { startFollower } from '../follower.js';
import { createTestJournal } from '../journal.fixture.js';
import { judge, type JudgingOptions } from '../judge.js';
import { INGESTED, NO_GROUPS, testFrame } from '../judging.fixture.js';
import type { SigmaRuleSet } from '../rule-set.js';
import { at, base, correlation, idOf, setOf } from './correlating.fixture.js';
import { Correlator } from './correlator.js';

const COUNT = 'type: event_count\nrules: [a]\ngroup-by: [host, source.ip]\ncondition: { gte: 3 }';
const source = { 'source.ip': '203.0.113.9' };

function judged(rules: SigmaRuleSet, events: readonly Event[], options: JudgingOptions = {}): Judgement {
  const numbered = events.map((event, index) => ({ ...event, seq: index + 1 }));
  return judge(testFrame(1, numbered), rules, NO_GROUPS, INGESTED, options);
}

/** Counts that are not 0, without those of errors. */
function counts(judgement: Judgement, name: string): Partial<LedgerCounts> {
  const {
    rule: _,
    version: __,
    ...line
  } = judgement.rules.find(({ rule }) => rule === idOf(name)) ?? {
    rule: '',
    version: '',
  };
  return Object.fromEntries(Object.entries(line).filter(([, count]) => count !== 0));
}

describe('a judgement with correlations', () => {
  const rules = setOf(base('a'), correlation('c', COUNT));
  const four = [1, 2, 3, 4].map((minute) => at(minute, 'a', source));

  it('raises one alert of the group, and none of the rule below it', () => {
    const judgement = judged(rules, four);
    expect(counts(judgement, 'a')).toEqual({ matches: 4, signalled: 4 });
    expect(counts(judgement, 'c')).toEqual({ matches: 2, created: 1, merged: 1 });
    expect(judgement.effects).toHaveLength(1);
    const [effect] = judgement.effects;
    expect(effect).toMatchObject({
      kind: 'create',
      severity: 'high',
      groupKey: `${idOf('c')}|group:["h","203.0.113.9"]|/cn|live`,
      entity: { kind: 'source_ip', value: '203.0.113.9' },
      sourceIp: '203.0.113.9',
      count: 2,
      firstEventMs: four[0]?.timeMs,
      lastEventMs: four[3]?.timeMs,
    });
    expect(effect?.evidence?.total).toBe(4);
    expect(effect?.evidence?.events.map(({ id, rule }) => [id, rule])).toEqual(
      four.map(({ id }) => [id, idOf('a')]),
    );
    expect(effect?.first.matched.slice(0, 2)).toEqual([
      { path: 'host', value: 'h', selection: 'group-by' },
      { path: 'source.ip', value: '203.0.113.9', selection: 'group-by' },
    ]);
  });

  it('lets the rule below raise its own where the correlation says `generate`', () => {
    const generating = setOf(base('a'), correlation('c', COUNT, 'level: high\ngenerate: true'));
    const judgement = judged(generating, four);
    expect(counts(judgement, 'a')).toEqual({ matches: 4, created: 1, merged: 3 });
    expect(judgement.effects.map(({ rule }) => rule.title).sort()).toEqual(['Correlation c', 'Says a']);
  });

  it('keeps the rule below silent while the correlation is off', () => {
    const off = rules.withDisabled(new Set([idOf('c')]));
    const judgement = judged(off, four);
    expect(counts(judgement, 'a')).toEqual({ matches: 4, signalled: 4 });
    expect(judgement.effects).toEqual([]);
    expect(judgement.correlation).toBeUndefined();
  });

  it('signals an informational correlation, and one that another refers to', () => {
    const chain = setOf(
      base('a'),
      base('d'),
      correlation('m', COUNT, 'level: critical'),
      correlation('c', 'type: temporal_ordered\nrules: [m, d]\ngroup-by: [host]', 'level: informational'),
    );
    const judgement = judged(chain, [...four, at(5, 'd')]);
    expect(counts(judgement, 'm')).toEqual({ matches: 2, signalled: 2 });
    expect(counts(judgement, 'c')).toEqual({ matches: 1, signalled: 1 });
    expect(judgement.effects).toEqual([]);
  });

  it('names what the correlations below were made of', () => {
    const chain = setOf(
      base('a'),
      base('d'),
      correlation('m', COUNT),
      correlation('c', 'type: temporal_ordered\nrules: [m, d]\ngroup-by: [host]'),
    );
    const [effect] = judged(chain, [...four, at(5, 'd')]).effects;
    expect(effect?.evidence?.events.map(({ id }) => id).sort()).toEqual(
      [...four, at(5, 'd')].map(({ id }) => id).sort(),
    );
  });

  it('tells how late the latest of its events was, and the highest classification', () => {
    const late = at(-600, 'a', source, { ingestedMs: INGESTED, classification: 3 });
    const judgement = judged(rules, [
      late,
      at(-599, 'a', source, { ingestedMs: INGESTED }),
      at(-598, 'a', source, { ingestedMs: INGESTED }),
    ]);
    expect(judgement.effects[0]?.latenessMs).toBe(INGESTED - late.timeMs);
    expect(judgement.effects[0]?.classification).toBe(3);
    expect(judgement.classification).toBe(3);
  });

  const exception = (change: Partial<RuleException>): RuleException => ({
    ...{ id: 'exc_1', unit: '/', realm: 'live', classification: 1, kind: 'exception' },
    ...{ rule: idOf('c'), ruleTitle: '', query: 'source.ip: 203.0.113.9', owner: 'usr_1', reason: 'known' },
    ...{ expiresAt: '2027-01-01T00:00:00.000Z', createdAt: '2026-01-01T00:00:00.000Z', createdBy: 'usr_1' },
    hits: 0,
    ...change,
  });

  it.each([
    ['an exception of the correlation takes its matches', {}, { matches: 2, excepted: 2 }, 4],
    [
      'a mute of its alert as well',
      { kind: 'mute', groupKey: `${idOf('c')}|group:["h","203.0.113.9"]|/cn|live` },
      { matches: 2, suppressed: 2 },
      4,
    ],
    ['an exception of the rule below takes the signals', { rule: idOf('a') }, {}, 0],
  ] as const)('%s', (_, change, expected, signalled) => {
    const judgement = judged(rules, four, { exceptions: exceptionSet([exception(change)]) });
    expect(judgement.effects).toEqual([]);
    expect(counts(judgement, 'c')).toEqual(expected);
    expect(counts(judgement, 'a')).toEqual({
      matches: 4,
      ...(signalled > 0 ? { signalled } : { excepted: 4 }),
    });
  });

  it('judges what must be absent once its time has passed, in a frame without an event of it', () => {
    const absent = setOf(
      base('a'),
      base('b'),
      correlation('c', 'type: temporal\ngroup-by: [host]\ncondition: a and not b'),
    );
    const correlator = new Correlator(absent.correlations);
    const first = judged(absent, [at(0, 'a', {}, { ingestedMs: INGESTED })], { correlator });
    expect(first.effects).toEqual([]);
    const later = { ...testFrame(2, []), ingestedMs: INGESTED + 20 * 60_000 + 1 };
    const judgement = judge(later, absent, NO_GROUPS, INGESTED, { correlator });
    expect(counts(judgement, 'c')).toEqual({ matches: 1, created: 1 });
    expect(judgement.effects[0]?.first.event.id).toBe(at(0, 'a').id);
  });

  it('counts what there was no room for', () => {
    const correlator = new Correlator(rules.correlations);
    const flood = Array.from({ length: 20_003 }, (_, index) =>
      at(index / 200_000, 'a', { 'source.ip': `10.0.${index >> 8}.${index & 255}` }),
    );
    const judgement = judged(rules, flood, { correlator });
    expect(judgement.correlation?.lost).toEqual([{ rule: idOf('c'), count: 3 }]);
    expect(correlator.size).toBe(20_000);
  });
});

describe('a follower with correlations', () => {
  const rules = setOf(base('a'), correlation('c', COUNT));

  async function follow(stops: ReadonlySet<number>): Promise<Judgement[]> {
    const journal = createTestJournal();
    const records = createMemoryRecordStore();
    const seen = new Map<string, Judgement>();
    const bus = createEventBus((error) => {
      throw error;
    });
    let told = (): void => undefined;
    const start = () =>
      startFollower({
        ...{ journal, records, rules, bus, scope: testScope({ realm: '*' }) },
        groups: NO_GROUPS,
        clock: { nowMs: () => INGESTED },
        onJudgement: (judgement) => {
          seen.set(judgement.id, judgement);
          told();
          return Promise.resolve();
        },
      });
    let follower = await start();
    for (let number = 1; number <= 5; number++) {
      const done = new Promise<void>((resolve) => (told = resolve));
      journal.put({ ...at(number, 'a', source), seq: number });
      await done;
      if (!stops.has(number)) continue;
      await follower.close();
      follower = await start();
    }
    await follower.close();
    return [...seen.values()];
  }

  it('judges after a restart as if there had been none', async () => {
    const whole = await follow(new Set());
    expect(whole.flatMap(({ effects }) => effects.map(({ count }) => count))).toEqual([1, 1, 1]);
    expect(whole.flatMap(({ effects }) => effects.map(({ evidence }) => evidence?.total))).toEqual([3, 1, 1]);
    const parted = await follow(new Set([1, 2, 4]));
    const bare = (all: readonly Judgement[]) =>
      all.map(({ effects, rules: lines, correlation: fed }) => ({ effects, lines, signals: fed?.signals }));
    expect(bare(parted)).toEqual(bare(whole));
  });
});
