import { describe, expect, it } from 'vitest';
import type { AttackCoverage, AttackRule } from '#kernel/schema/attack.js';
import { bestOf, columnsOf, countStates, filterColumns, stateOf, stepFrom } from './matrix.js';

const AT = '2026-11-22T00:00:00.000Z';
const rule = (id: string, techniques: string[], more: Partial<AttackRule> = {}): AttackRule => ({
  ...{ id, title: `Rule ${id}`, titles: { 'zh-CN': `规则 ${id}` }, level: 'high', enabled: true },
  ...{ logsource: {}, techniques, telemetry: { fresh: true, lastEventAt: AT } },
  ...more,
});
const technique = (id: string, tactics: string[], title: string) => ({ id, tactics, titles: { en: title } });
const coverage = (rules: AttackRule[]): AttackCoverage => ({
  ...{ version: '18.1', notice: 'n', licence: 'l', unmapped: 0, days: 30, rules },
  tactics: [
    { id: 'TA1', name: 'first', titles: { en: 'First' } },
    { id: 'TA2', name: 'second', titles: { en: 'Second' } },
    { id: 'TA3', name: 'third', titles: { en: 'Third' } },
  ],
  techniques: [
    technique('T1', ['first', 'third'], 'Guess'),
    technique('T1.001', ['first', 'third'], 'Spray'),
    technique('T2', ['first'], 'Scan'),
  ],
});

describe('what a rule can say', () => {
  it.each([
    ['fresh', { enabled: true, telemetry: { fresh: true, lastEventAt: AT } }],
    ['fresh', { enabled: true }],
    ['sample', { enabled: true, telemetry: { fresh: false, lastSampleAt: AT } }],
    ['stale', { enabled: true, telemetry: { fresh: false, lastEventAt: AT, lastSampleAt: AT } }],
    ['silent', { enabled: true, telemetry: { fresh: false } }],
    ['off', { enabled: false, telemetry: { fresh: true, lastEventAt: AT } }],
  ] as const)('%s', (state, given) => expect(stateOf(given)).toBe(state));

  it('the best of several counts', () => {
    expect(bestOf(['off', 'stale', 'sample'])).toBe('sample');
    expect(bestOf([])).toBe('none');
  });
});

describe('the matrix', () => {
  const columns = columnsOf(
    coverage([
      rule('a', ['T1.001'], { alerts: 3 }),
      rule('b', ['T1'], { enabled: false, alerts: 2 }),
      rule('c', ['T9999']),
    ]),
  );

  it('puts a technique into each of its tactics, with what its rules and those below say', () => {
    expect(columns.map(({ cells }) => cells.map((cell) => cell.technique.id))).toEqual([
      ['T1', 'T2'],
      [],
      ['T1'],
    ]);
    const [cell] = columns[0]?.cells ?? [];
    expect(cell).toMatchObject({ state: 'fresh', alerts: 5 });
    expect(cell?.rules.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(cell?.below.map(({ state }) => state)).toEqual(['fresh']);
    expect(columns.map(({ covered }) => covered)).toEqual([1, 0, 1]);
  });

  it('counts each technique once', () => {
    expect(countStates(columns)).toEqual({ fresh: 1, sample: 0, stale: 0, silent: 0, off: 0, none: 1 });
  });

  it.each([
    ['all', '', ['T1', 'T2']],
    ['covered', '', ['T1']],
    ['gaps', '', ['T2']],
    ['all', 'spray', ['T1']],
    ['all', 't2', ['T2']],
    ['all', '规则 A', ['T1']],
    ['gaps', 'spray', []],
  ] as const)('shows %s with `%s`', (show, text, ids) => {
    const [first] = filterColumns(columns, { show, text });
    expect(first?.cells.map((cell) => cell.technique.id)).toEqual(ids);
  });

  it.each([
    ['ArrowDown', [0, 0], [0, 1]],
    ['ArrowDown', [0, 1], [0, 1]],
    ['ArrowUp', [0, 0], [0, 0]],
    // The empty column is passed over, and the row held as far as there is one.
    ['ArrowRight', [0, 1], [2, 0]],
    ['ArrowRight', [2, 0], [2, 0]],
    ['ArrowLeft', [2, 0], [0, 0]],
    ['End', [0, 0], [0, 1]],
    ['Home', [0, 1], [0, 0]],
    ['x', [0, 1], [0, 1]],
  ] as const)('%s from %j', (key, from, to) => expect(stepFrom(columns, from, key)).toEqual(to));
});
