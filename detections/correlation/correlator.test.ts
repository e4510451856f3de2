import { describe, expect, it } from 'vitest';
import type { Event } from '#kernel/event.js';
import { at, base, correlation, feed, setOf, START, told } from './correlating.fixture.js';
import { Correlator } from './correlator.js';

/** All firings of the events, in the order given; then the logs end. */
function run(documents: readonly string[], events: readonly Event[]): string[] {
  const rules = setOf(...documents);
  const correlator = new Correlator(rules.correlations);
  correlator.tick(START + 3_600_000);
  const firings = events.flatMap((event) => feed(correlator, rules, event));
  return [...firings, ...correlator.end()].map(told);
}

interface Case {
  readonly name: string;
  readonly body: string;
  readonly events: readonly Event[];
  readonly fires: readonly string[];
}

const many = (count: number, word = 'a', from = 0): Event[] =>
  Array.from({ length: count }, (_, index) => at(from + index, word));

const CASES: readonly Case[] = [
  {
    name: 'event_count from its bound on, with every further event',
    body: 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gte: 3 }',
    events: many(4),
    fires: ['c h 2', 'c h 3'],
  },
  {
    name: 'event_count not over a longer time than the timespan',
    body: 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gt: 1 }',
    events: [at(0, 'a'), at(10.1, 'a'), at(20.1, 'a')],
    fires: ['c h 20.1'],
  },
  {
    name: 'each group by itself, whatever the case of its letters',
    body: 'type: event_count\nrules: [a]\ngroup-by: [host, user]\ncondition: { gte: 2 }',
    events: [
      at(0, 'a', { host: 'Web', user: 'u' }),
      at(1, 'a', { host: 'db', user: 'u' }),
      at(2, 'a', { host: 'web', user: 'U' }),
      at(3, 'a', { host: 'web', user: 'v' }),
    ],
    fires: ['c Web,u 2'],
  },
  {
    name: 'nothing of an event that lacks a field of the grouping',
    body: 'type: event_count\nrules: [a]\ngroup-by: [user]\ncondition: { gte: 2 }',
    events: [at(0, 'a'), at(1, 'a'), at(2, 'a', { user: 'u' })],
    fires: [],
  },
  {
    name: 'an event once, however many of the rules it matched',
    body: 'type: event_count\nrules: [a, a2]\ngroup-by: [host]\ncondition: { gte: 2 }',
    events: [at(0, 'a')],
    fires: [],
  },
  {
    name: 'a range when the window has closed',
    body: 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gte: 2, lte: 3 }',
    events: [...many(3), ...many(9, 'a', 30), at(60, 'a')],
    fires: ['c h 2'],
  },
  {
    name: 'eq and neq alike',
    body: 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { eq: 2 }',
    events: [at(0, 'a'), at(1, 'a'), at(30, 'a'), at(60, 'a'), at(61, 'a'), at(62, 'a')],
    fires: ['c h 1'],
  },
  {
    name: 'value_count of distinct values, folded',
    body: 'type: value_count\nrules: [a]\ngroup-by: [host]\ncondition: { field: user, gte: 3 }',
    events: ['x', 'X', 'y', 'y', 'z'].map((user, index) => at(index, 'a', { user })),
    fires: ['c h 4'],
  },
  {
    name: 'value_count of combinations of fields',
    body: 'type: value_count\nrules: [a]\ngroup-by: [host]\ncondition: { field: [user, port], gte: 3 }',
    events: [
      at(0, 'a', { user: 'x', port: 1 }),
      at(1, 'a', { user: 'x', port: 2 }),
      at(2, 'a', { user: 'x' }),
      at(3, 'a', { user: 'y', port: 1 }),
    ],
    fires: ['c h 3'],
  },
  {
    name: 'value_sum',
    body: 'type: value_sum\nrules: [a]\ngroup-by: [host]\ncondition: { field: bytes, gt: 100 }',
    events: [60, 'none', 40, 1].map((bytes, index) => at(index, 'a', { bytes })),
    fires: ['c h 3'],
  },
  {
    name: 'value_avg when the window has closed',
    body: 'type: value_avg\nrules: [a]\ngroup-by: [host]\ncondition: { field: bytes, gte: 20 }',
    events: [at(0, 'a', { bytes: 30 }), at(1, 'a', { bytes: '10' }), at(40, 'a', { bytes: 19 })],
    fires: ['c h 1'],
  },
  {
    name: 'value_percentile of numbers',
    body: 'type: value_percentile\nrules: [a]\ngroup-by: [host]\ncondition: { field: ms, percentile: 90, gt: 9 }',
    events: [1, 2, 3, 4, 5, 6, 7, 8, 50, 50].map((ms, index) => at(index / 2, 'a', { ms })),
    fires: ['c h 4.5'],
  },
  {
    name: 'value_percentile without a percentile: what makes up a small share',
    body: 'type: value_percentile\nrules: [a]\ngroup-by: [host]\ncondition: { field: image, lte: 25 }',
    events: ['x', 'x', 'y', 'x', 'x'].map((image, index) => at(index, 'a', { image })),
    fires: ['c h 2'],
  },
  {
    name: 'temporal in any order',
    body: 'type: temporal\nrules: [a, b]\ngroup-by: [host]',
    events: [at(0, 'b'), at(20, 'b'), at(21, 'a')],
    fires: ['c h 21'],
  },
  {
    name: 'temporal with so many of its rules',
    body: 'type: temporal\nrules: [a, b, d]\ngroup-by: [host]\ncondition: { gte: 2 }',
    events: [at(0, 'a'), at(1, 'a'), at(2, 'd')],
    fires: ['c h 2'],
  },
  {
    name: 'temporal in words',
    body: 'type: temporal\ngroup-by: [host]\ncondition: a and (b or d)',
    events: [at(0, 'b'), at(1, 'd'), at(2, 'a')],
    fires: ['c h 2'],
  },
  {
    name: 'temporal where something is absent, when the window has closed',
    body: 'type: temporal\ngroup-by: [host]\ncondition: a and not b',
    events: [at(0, 'a'), at(5, 'b'), at(30, 'b'), at(31, 'a'), at(60, 'a')],
    fires: ['c h 31', 'c h 60'],
  },
  {
    name: 'temporal_ordered in its order alone',
    body: 'type: temporal_ordered\nrules: [a, b, d]\ngroup-by: [host]',
    events: [at(0, 'b'), at(1, 'a'), at(2, 'd'), at(3, 'b'), at(4, 'd')],
    fires: ['c h 4'],
  },
  {
    name: 'temporal_ordered within one second, and not of one event',
    body: 'type: temporal_ordered\nrules: [a, b]\ngroup-by: [host]',
    events: [at(0, 'b'), at(0, 'a'), at(20, 'both')],
    fires: ['c h 0'],
  },
];

const BASES = [
  base('a').replace("message: 'a'", "message: ['a', 'both']"),
  base('a2').replace("message: 'a2'", "message: 'a'"),
  base('b').replace("message: 'b'", "message: ['b', 'both']"),
  base('d'),
];

describe('a correlation matches', () => {
  it.each(CASES)('$name', ({ body, events, fires }) => {
    expect(run([...BASES, correlation('c', body)], events)).toEqual(fires);
  });

  it('what another correlation found', () => {
    const chain = [
      ...BASES,
      correlation('m', 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gte: 3 }'),
      correlation('c', 'type: temporal_ordered\nrules: [m, d]\ngroup-by: [user]'),
    ];
    const user = { user: 'u' };
    const events = [at(0, 'd', user), ...[1, 2, 3].map((minute) => at(minute, 'a', user)), at(4, 'd', user)];
    expect(run(chain, events)).toEqual(['m h 3', 'c u 4']);
  });

  it('fields that have another name with each rule', () => {
    const body = `type: temporal
rules: [a, b]
group-by: [inside]
aliases:
  inside: { a: source.ip, b: destination.ip }`;
    const events = [
      at(0, 'a', { 'source.ip': '10.0.0.1' }),
      at(1, 'b', { 'source.ip': '10.0.0.1', 'destination.ip': '10.0.0.2' }),
      at(2, 'b', { 'destination.ip': '10.0.0.1' }),
    ];
    expect(run([...BASES, correlation('c', body)], events)).toEqual(['c 10.0.0.1 2']);
  });

  it('neither over units, nor over realms, nor with a recording', () => {
    const body = 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gte: 2 }';
    const events = [
      at(0, 'a'),
      at(1, 'a', {}, { unit: '/cn/gd' }),
      at(2, 'a', {}, { realm: 'drl_1' }),
      at(3, 'a', { 'fenghuo.sample': 'ssh' }),
      at(4, 'a'),
    ];
    expect(run([...BASES, correlation('c', body)], events)).toEqual(['c h 4']);
  });

  it('after a flood of what it has seen already', () => {
    const body = 'type: value_count\nrules: [a]\ngroup-by: [host]\ncondition: { field: user, gte: 3 }';
    const flood = Array.from({ length: 2_500 }, (_, index) =>
      at(index / 1_000, 'a', { user: `u${index % 2}` }),
    );
    const rules = setOf(...BASES, correlation('c', body));
    const correlator = new Correlator(rules.correlations);
    correlator.tick(START + 3_600_000);
    const firings = [...flood, at(3, 'a', { user: 'third' })].flatMap((event) =>
      feed(correlator, rules, event),
    );
    expect(firings.map(told)).toEqual(['c h 3']);
    expect(correlator.size).toBe(1_000);
    expect(correlator.takeChange(true)?.lost).toBeUndefined();
  });

  it('a sequence after a flood of its beginning', () => {
    const body = 'type: temporal_ordered\nrules: [a, b]\ngroup-by: [host]';
    const flood = Array.from({ length: 2_500 }, (_, index) => at(index / 1_000, 'a'));
    expect(run([...BASES, correlation('c', body)], [...flood, at(3, 'b')])).toEqual(['c h 3']);
  });
});
