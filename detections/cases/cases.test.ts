import { describe, expect, it } from 'vitest';
import type { Event } from '#kernel/event.js';
import { testEvent } from '../judging.fixture.js';
import { ruleSetOf } from '../rule-set.js';
import { readCases, type Log } from './case-file.js';
import { judgeCases } from './judge-cases.js';
import { whyNot } from './why-not.js';

const RULE = `title: Two at once
id: one
logsource: { product: test }
detection:
  shell: { process.name: [sh, bash] }
  known: { user.name: root }
  condition: shell and not known
level: low
---
title: The other of the file
id: two
logsource: { product: test }
detection:
  s: { process.name: other }
  condition: s
level: low
`;
const { ruleSet } = ruleSetOf({ 'r.yml': RULE });
const eventOf = (one: Log): Event => testEvent(1, { 'event.module': 'test', ...one.fields });
function told(text: string): unknown[] {
  const { cases, diagnostics } = readCases(text, 'r.test.yml');
  const judged = judgeCases({ ruleSet, rules: ruleSet.rules, eventOf }, cases, text, 'r.test.yml');
  return [...diagnostics, ...judged].map(({ code, line, hint }) => [code, line, hint]);
}
const file = (positive: string, negative = '{ fields: { process.name: ls } }'): string =>
  `positive:\n  - ${positive}\nnegative:\n  - ${negative}\n`;

describe('cases beside a rule', () => {
  it('say nothing where all is as they say', () => {
    expect(told(file('{ fields: { process.name: bash, user.name: li }, group: "user:li" }'))).toEqual([]);
    expect(
      told(
        file(
          '{ fields: { process.name: other }, rule: two }',
          '{ fields: { process.name: other }, rule: one }',
        ),
      ),
    ).toEqual([]);
  });

  it('say why a positive case is missed', () => {
    expect(told(file('{ fields: { process.name: ls, user.name: root } }'))).toEqual([
      [
        'test.positive.missed',
        2,
        '`process.name: "sh" or process.name: "bash"` must hold: `process.name` is `ls`; `user.name: "root"` must not hold: `user.name` is `root`; `process.name: "other"` must hold: `process.name` is `ls`',
      ],
    ]);
  });

  it('say by what a negative case matches', () => {
    expect(told(file('{ fields: { process.name: sh } }', '{ fields: { process.name: sh } }'))).toEqual([
      ['test.negative.matched', 4, 'it holds by `process.name`: `sh`'],
    ]);
  });

  it('compare the group, and name the rules of the file', () => {
    expect(
      told(file('{ fields: { process.name: sh }, group: "user:li" }', '{ fields: { a: 1 }, rule: three }')),
    ).toEqual([
      ['test.group.other', 2, 'set `fenghuo.entity` in the rule, or correct the case'],
      ['test.case.no_rule', 4, 'it holds one, two'],
    ]);
  });

  it.each([
    ['positive: [', 'sigma.yaml.syntax', 1],
    ['positive: []\nnegative: [{ raw: x }]', 'test.case.form', 1],
    ['positive: [{ raw: x }]', 'test.case.form', 1],
    ['positive: [{ raw: x, fields: { a: 1 } }]\nnegative:\n  - raw: y', 'test.case.form', 1],
    ['positive: [{ raw: x }]\nnegative:\n  - raws: y', 'test.case.form', 3],
    ['positive: [{ raw: x, group: nobody }]\nnegative:\n  - raw: y', 'test.case.form', 1],
  ])('refuse %j', (text, code, line) => {
    const { cases, diagnostics } = readCases(text, 'f');
    expect(cases).toEqual([]);
    expect(diagnostics[0]).toMatchObject({ code, line });
  });
});

describe('cases of a correlation', () => {
  const correlation = `title: Three of them
id: three
correlation:
  type: value_count
  rules: [one]
  group-by: [host.name]
  timespan: 1m
  condition: { field: user.name, gte: 3 }
level: high
`;
  const whole = ruleSetOf({ 'r.yml': RULE, 'c.yml': correlation }).ruleSet;
  const rules = whole.rules.filter(({ id }) => id === 'three');
  const judged = (text: string): unknown[] => {
    const { cases, diagnostics } = readCases(text, 'c.test.yml');
    const failed = judgeCases({ ruleSet: whole, rules, eventOf }, cases, text, 'c.test.yml');
    return [...diagnostics, ...failed].map(({ code, line, hint }) => [code, line, hint]);
  };
  const row = (times: number, after: string): string =>
    `{ sequence: [{ fields: { process.name: sh, host.name: web, user.name: 'u{n}' }, times: ${times}, after: ${after} }], group: 'host:web' }`;

  it('are rows of logs in time', () => {
    expect(judged(file(row(3, '30s'), row(2, '1s')))).toEqual([]);
    expect(judged(file(row(3, '31s'), row(3, '1s')))).toEqual([
      ['test.positive.missed', 2, '`one` matched 3 times in 3 events'],
      ['test.negative.matched', 4, 'it holds by `host.name`: `web`'],
    ]);
  });

  it('are of the right form', () => {
    expect(judged(file('{ sequence: [{ times: 2 }] }')).map((one) => (one as unknown[])[0])).toEqual([
      'test.case.form',
    ]);
    expect(judged(file('{ raw: x, sequence: [{ raw: y }] }')).map((one) => (one as unknown[])[0])).toEqual([
      'test.case.form',
    ]);
  });
});

describe('whyNot', () => {
  it('is silent about what holds, and bounds what it says', () => {
    const query = ruleSet.queryOf('one')!;
    expect(whyNot(query, { 'event.module': 'test', 'process.name': 'sh' })).toEqual([]);
    const [long] = whyNot({ kind: 'equals', path: 'a', value: 'b' }, { a: 'x'.repeat(5000) });
    expect(long?.length).toBeLessThan(250);
  });
});
