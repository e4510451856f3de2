import { describe, expect, it } from 'vitest';
import type { RuleException } from '#kernel/schema/rule.js';
import { exceptionSet, NO_EXCEPTIONS } from './exceptions.js';
import { judge } from './judge.js';
import { INGESTED, NO_GROUPS, says, testEvent, testFrame, testRules } from './judging.fixture.js';

const RULES = testRules([
  { id: 'ssh', holds: says('bad') },
  { id: 'other', holds: says('bad') },
]);

function exception(change: Partial<RuleException> = {}): RuleException {
  return {
    id: 'exc_1',
    unit: '/',
    realm: 'live',
    classification: 1,
    kind: 'exception',
    rule: 'ssh',
    ruleTitle: 'Rule ssh',
    query: 'source.ip: 192.0.2.1',
    owner: 'usr_1',
    reason: 'the scanner of the audit office',
    expiresAt: new Date(INGESTED + 1).toISOString(),
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'usr_1',
    hits: 0,
    ...change,
  };
}

const known = testEvent(1, { message: 'bad', 'host.name': 'web', 'source.ip': '192.0.2.1' });
const stranger = testEvent(2, { message: 'bad', 'host.name': 'web', 'source.ip': '203.0.113.9' });

describe('exceptionSet', () => {
  const key = 'ssh|host:web|/cn|live';
  const cases: Record<string, [Partial<RuleException>, boolean]> = {
    'what it describes': [{}, true],
    'another rule': [{ rule: 'other' }, false],
    'after its end': [{ expiresAt: new Date(INGESTED).toISOString() }, false],
    'an end that is none': [{ expiresAt: 'soon' }, false],
    ended: [{ endedAt: '2026-01-02T00:00:00.000Z' }, false],
    'a unit above': [{ unit: '/cn' }, true],
    'a unit beside': [{ unit: '/cn/gd' }, false],
    'another realm': [{ realm: 'drill:one' }, false],
    'a query that cannot be read': [{ query: 'source.ip: (' }, false],
    'no query': [{ query: ' ' }, false],
    'a mute of the group': [{ kind: 'mute', groupKey: key }, true],
    'a mute of another group': [{ kind: 'mute', groupKey: `${key}x` }, false],
    'a mute of nothing': [{ kind: 'mute' }, false],
  };
  for (const [name, [change, takes]] of Object.entries(cases))
    it(`${name}: ${takes ? 'takes it' : 'lets it through'}`, () => {
      expect(exceptionSet([exception(change)]).taking('ssh', known, key) !== undefined).toBe(takes);
    });

  it('is nothing where none can hold', () => {
    expect(exceptionSet([exception({ endedAt: '2026-01-02T00:00:00.000Z' })])).toBe(NO_EXCEPTIONS);
  });
});

describe('judging with exceptions', () => {
  it('counts what was taken, by rule and by exception, and raises the rest', () => {
    const muted = exception({
      id: 'exc_2',
      kind: 'mute',
      rule: 'other',
      groupKey: 'other|host:web|/cn|live',
    });
    const judgement = judge(testFrame(1, [known, stranger]), RULES, NO_GROUPS, INGESTED, {
      exceptions: exceptionSet([exception(), muted]),
    });
    expect(judgement.rules).toMatchObject([
      { rule: 'other', matches: 2, created: 0, suppressed: 2 },
      { rule: 'ssh', matches: 2, created: 1, excepted: 1 },
    ]);
    expect(judgement.exceptions).toEqual([
      { exception: 'exc_1', count: 1 },
      { exception: 'exc_2', count: 2 },
    ]);
    expect(judgement.effects).toHaveLength(1);
    expect(judgement.effects[0]?.first.event.id).toBe(stranger.id);
  });
});
