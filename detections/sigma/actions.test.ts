import { describe, expect, it } from 'vitest';
import { compilePredicate } from '#kernel/query/predicate.js';
import { MAX_MERGED } from './actions.js';
import { readRuleFile } from './file.js';

const SHARED = `action: global
title: Shared
logsource: { product: test }
level: low
detection:
  selection: { a: 1 }
  condition: selection
---
`;

describe('action documents', () => {
  it('merge maps key by key, lists and texts not at all', () => {
    const { rules, diagnostics } = readRuleFile(
      `${SHARED}id: one
tags: [attack.t1059]
detection:
  selection: { b: 2 }
---
action: repeat
id: two
level: high
tags: [attack.t1003]
detection:
  selection: { a: 5, b: [3, 4] }
`,
      'f.yml',
    );
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(rules.map(({ rule: { id, title, level, tags } }) => ({ id, title, level, tags }))).toEqual([
      { id: 'one', title: 'Shared', level: 'low', tags: ['attack.t1059'] },
      { id: 'two', title: 'Shared', level: 'high', tags: ['attack.t1003'] },
    ]);
    const [one, two] = rules.map(({ detection }) => compilePredicate(detection));
    expect([one?.({ a: 1, b: 2 }), one?.({ a: 1, b: 3 }), one?.({ b: 2 })]).toEqual([true, false, false]);
    expect([two?.({ a: 5, b: 2 }), two?.({ a: 5, b: 3 }), two?.({ a: 1, b: 3 })]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('let what is global stand over the own of a rule, the last of several over the others', () => {
    const { rules } = readRuleFile(
      `${SHARED}action: global\nlevel: high\n---\nid: one\ntitle: Own\nlevel: medium\ndetection: { selection: { a: 2 } }\n`,
      'f.yml',
    );
    expect(rules.map(({ rule: { title, level } }) => [title, level])).toEqual([['Shared', 'high']]);
    expect(rules.map(({ detection }) => compilePredicate(detection)({ a: 2 }))).toEqual([false]);
  });

  it('give an id that is shared to the first, and to others one with their place', () => {
    const { rules } = readRuleFile(
      `${SHARED}action: global\nid: one\n---\ndetection: { selection: { b: 2 } }\n---\ndetection: { selection: { b: 3 } }\n`,
      'f.yml',
    );
    expect(rules.map(({ rule: { id } }) => id)).toEqual(['one', 'one#4']);
  });

  it('end at reset, and do not count as rules that failed', () => {
    const file = readRuleFile(`${SHARED}id: one\n---\naction: reset\n---\nid: two\n`, 'f.yml');
    expect(file.rules.map(({ rule }) => rule.id)).toEqual(['one']);
    expect(file.failed).toBe(1);
  });

  it('leave the ids of documents without one as they are', () => {
    const file = readRuleFile(`${SHARED}detection: { selection: { b: 2 } }\n`, 'f.yml');
    expect(file.rules.map(({ rule }) => rule.id)).toEqual(['f.yml#2']);
  });

  it('cannot make a file larger without bound', () => {
    const file = readRuleFile(`${SHARED}${'id: x\n---\n'.repeat(MAX_MERGED + 3)}`, 'f.yml');
    expect(file.rules).toHaveLength(MAX_MERGED);
    expect(file.failed).toBe(3);
    expect(file.diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ['sigma.document.too_large', 9 + 2 * MAX_MERGED],
    ]);
  });
});
