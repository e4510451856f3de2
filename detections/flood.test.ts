/** A flood of one rule: the queue stays readable, every match is counted, other rules and successes come through. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '#kernel/event.js';
import { FloodGate } from './flood.js';
import { judge, type OpenGroups } from './judge.js';
import { INGESTED, NO_GROUPS, says, testEvent, testFrame, testRules } from './judging.fixture.js';

const MINUTE = 60_000;
const START = Math.ceil(INGESTED / MINUTE) * MINUTE;

/** How many of so many are admitted. */
function admitted(gate: FloodGate, atMs: number, count: number, key = 'rule'): number {
  gate.begin(atMs);
  return Array.from({ length: count }, () => gate.admits(key)).filter(Boolean).length;
}

describe('FloodGate', () => {
  it('admits as many as the limit in a minute, by rule', () => {
    const gate = new FloodGate(10);
    expect(admitted(gate, START, 25)).toBe(10);
    expect(admitted(gate, START + MINUTE - 1, 5)).toBe(0);
    expect(admitted(gate, START, 3, 'other')).toBe(3);
  });
  it('goes on deferring until a minute has asked for less than half', () => {
    const gate = new FloodGate(10);
    admitted(gate, START, 25);
    expect(admitted(gate, START + MINUTE, 5)).toBe(0);
    expect(admitted(gate, START + 2 * MINUTE, 4)).toBe(0);
    expect(admitted(gate, START + 3 * MINUTE, 12)).toBe(10);
  });
  it('begins anew after a quiet minute, and where the clock is set back', () => {
    const gate = new FloodGate(10);
    admitted(gate, START, 25);
    expect(admitted(gate, START + 2 * MINUTE, 8)).toBe(8);
    admitted(gate, START + 2 * MINUTE, 8);
    expect(admitted(gate, START - 5 * MINUTE, 8)).toBe(8);
  });
  it('does not flood where nothing exceeds the limit', () => {
    const gate = new FloodGate(10);
    for (let minute = 0; minute < 5; minute++) expect(admitted(gate, START + minute * MINUTE, 10)).toBe(10);
  });
});

const RULES = testRules([
  { id: 'noisy', holds: says('bad') },
  { id: 'quiet', holds: says('worse') },
]);
const bad = (seq: number, host: string, more: Partial<Event['fields']> = {}): Event =>
  testEvent(seq, { message: 'bad', 'host.name': host, ...more } as Event['fields']);

describe('judge in a flood', () => {
  const flood = (events: readonly Event[], open: OpenGroups = NO_GROUPS, gate = new FloodGate(10)) =>
    judge(testFrame(1, events), RULES, open, INGESTED, { flood: gate });

  it('opens so many alerts, and tells of the others in one', () => {
    const events = Array.from({ length: 1000 }, (_, at) => bad(at + 1, `h${at % 200}`));
    const { rules, effects } = flood([...events, testEvent(1001, { message: 'worse', 'host.name': 'h0' })]);
    expect(rules).toMatchObject([
      { rule: 'noisy', matches: 1000, created: 10, merged: 40, deferred: 950 },
      { rule: 'quiet', matches: 1, created: 1 },
    ]);
    expect(effects).toHaveLength(12);
    const told = effects.find(({ deferred }) => deferred);
    expect(told).toMatchObject({
      kind: 'create',
      groupKey: 'noisy|flood:|/cn|live',
      entity: { kind: 'none', value: '' },
      count: 950,
      deferred: { further: true },
    });
    expect(told?.deferred?.entities).toHaveLength(100);
    expect(told?.deferred?.entities[0]).toEqual({ kind: 'host', value: 'h10' });
    // It is about nobody in particular.
    expect(told).not.toHaveProperty('host');
  });

  it('still joins what is open already', () => {
    const open: OpenGroups = { find: (key) => (key.includes('host:known') ? 'alr_open' : undefined) };
    const events = [
      ...Array.from({ length: 50 }, (_, at) => bad(at + 1, `h${at}`)),
      ...Array.from({ length: 5 }, (_, at) => bad(at + 51, 'known')),
    ];
    const { effects, rules } = flood(events, open);
    expect(effects.find(({ alert }) => alert === 'alr_open')).toMatchObject({ kind: 'merge', count: 5 });
    expect(rules[0]).toMatchObject({ created: 10, merged: 5, deferred: 40 });
  });

  it('does not let attempts hide what succeeded', () => {
    const tries = Array.from({ length: 100 }, (_, at) =>
      bad(at + 1, `h${at}`, { 'event.outcome': 'failure' }),
    );
    const success = bad(101, 'broken', { 'event.outcome': 'success' });
    const { effects } = flood([...tries, success]);
    expect(effects.find(({ entity }) => entity.value === 'broken')).toMatchObject({ outcome: 'succeeded' });
  });

  it('keeps units and realms apart', () => {
    const events = Array.from({ length: 40 }, (_, at) => ({
      ...bad(at + 1, `h${at}`),
      unit: at % 2 ? '/cn' : '/cn/gd',
    }));
    const told = flood(events).effects.filter(({ deferred }) => deferred);
    expect(told.map(({ unit }) => unit).sort()).toEqual(['/cn', '/cn/gd']);
  });

  it('counts every match as something, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.boolean()), { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        (drawn, limit) => {
          const events = drawn.map(([host, worse], at) =>
            testEvent(at + 1, { message: worse ? 'worse' : 'bad', 'host.name': `h${host}` }),
          );
          const { rules, effects } = flood(events, NO_GROUPS, new FloodGate(limit));
          const told = effects.reduce((sum, { count }) => sum + count, 0);
          expect(told).toBe(events.length);
          for (const { matches, created, merged, deferred } of rules) {
            expect(created + merged + deferred).toBe(matches);
            expect(created).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });
});
