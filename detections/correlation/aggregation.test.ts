import { describe, expect, it } from 'vitest';
import type { Event } from '#kernel/event.js';
import { ruleSetOf } from '../rule-set.js';
import { at, base, correlation, feed, idOf, setOf, START, told } from './correlating.fixture.js';
import { Correlator } from './correlator.js';

function run(documents: readonly string[], events: readonly Event[]): string[] {
  const rules = setOf(...documents);
  const correlator = new Correlator(rules.correlations);
  correlator.tick(START + 3_600_000);
  const firings = events.flatMap((event) => feed(correlator, rules, event));
  return [...firings, ...correlator.end()].map(told);
}

const old = (condition: string, timeframe = '  timeframe: 10m\n'): string => `title: Correlation c
id: ${idOf('c')}
name: c
logsource: { product: test }
detection:
  a: { message: a }
  b: { message: b }
  x: { message: x }
${timeframe}  condition: ${condition}
level: high
`;

const events = [
  ...[at(0, 'a'), at(1, 'b', { host: 'h2' }), at(2, 'a', { user: 'u' }), at(3, 'a', { user: 'v' })],
  ...[at(4, 'a', { host: 'h2', user: 'u' }), at(30, 'a'), at(31, 'a', { n: 7 }), at(33, 'x'), at(34, 'b')],
];

describe('an aggregation of an older Sigma', () => {
  it.each([
    ['a | count() by host > 2', 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gt: 2 }'],
    ['a |count() >= 4', 'type: event_count\nrules: [a]\ngroup-by: []\ncondition: { gte: 4 }'],
    [
      'a | count(user) by host > 1',
      'type: value_count\nrules: [a]\ngroup-by: [host]\ncondition: { field: user, gt: 1 }',
    ],
    ['a | count() by host < 2', 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { lt: 2 }'],
    [
      'a | sum(n) by host > 5',
      'type: value_sum\nrules: [a]\ngroup-by: [host]\ncondition: { field: n, gt: 5 }',
    ],
    ['a | near b', 'type: temporal\nrules: [a, b]\ngroup-by: []'],
    ['a | near b and not x', 'type: temporal\ngroup-by: []\ncondition: a and b and not x'],
  ])('`%s` matches what its correlation does', (condition, body) => {
    const wanted = run([base('a'), base('b'), base('x'), correlation('c', body)], events);
    expect(run([old(condition)], events)).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(0);
  });

  it('keeps id, title and level, and raises nothing by what it counts', () => {
    const rules = setOf(old('a | count() > 3'));
    expect(rules.rules.find(({ id }) => id === idOf('c'))).toMatchObject({ level: 'high' });
    expect([...rules.correlations.silent]).toEqual([`${idOf('c')}#events`]);
  });

  it.each([
    ['a | count() > 3', '', 'the aggregation has no `timeframe`'],
    ['a | max(n) by host > 3', undefined, 'no correlation computes a `max`'],
    ['a | sum() by host > 3', undefined, '`sum` needs a field'],
    ['a | near y', undefined, '`near` takes names of selections, not `y`'],
    ['a | stats x', undefined, '`stats x` is no aggregation that is known'],
    [`a | count() by ${' '.repeat(500)}x > 3`, undefined, 'the aggregation is longer than 500 characters'],
    ['(a | count() > 3', undefined, 'the condition ends too early; expected'],
  ])('`%s` is refused where it stands', (condition, timeframe, message) => {
    const { diagnostics } = ruleSetOf({ 'old.yml': old(condition, timeframe) });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(message);
    expect(errors[0]?.line).toBe(timeframe === '' ? 9 : 10);
  });
});
