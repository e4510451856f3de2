/** What pipelines make of rules, as a table, and what is wrong with pipelines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { and } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { readRuleFile } from '../file.js';
import { readPipeline } from './file.js';
import { joinPipelines, type Pipelines } from './join.js';

function pipelinesOf(...texts: readonly string[]): Pipelines {
  return joinPipelines(
    texts.map((text, at) => {
      const { pipeline, diagnostics } = readPipeline(text, `/p/${at}.pipeline.yml`, `${at}.pipeline.yml`);
      if (!pipeline) throw new Error(diagnostics.map(({ message }) => message).join('; '));
      return pipeline;
    }),
  );
}

interface Made {
  readonly holds: (fields: Fields) => boolean;
  readonly codes: readonly string[];
  readonly effects: readonly object[];
}

/** A rule with the detection `selection: …`, or with a whole one. */
function make(
  pipelines: Pipelines,
  detection: Record<string, unknown>,
  logsource: object = { product: 'test' },
): Made {
  const whole = 'condition' in detection ? detection : { selection: detection, condition: 'selection' };
  const text = JSON.stringify({ title: 'T', id: 't', logsource, level: 'low', detection: whole });
  const { rules, diagnostics } = readRuleFile(text, 't.yml', pipelines.map);
  const [rule] = rules;
  return {
    holds: rule ? compilePredicate(and(rule.source, rule.detection)) : () => false,
    codes: diagnostics.map(({ code }) => code),
    effects: (rule?.applied ?? []).map(({ effect }) => effect),
  };
}

const TEST = { 'event.module': 'test' };

describe('transformations', () => {
  it('rename fields to paths, or to several of them', () => {
    const pipelines = pipelinesOf(`
transformations:
  - type: field_name_mapping
    mapping: { a: x.path, b: [y.one, y.two] }
`);
    const { holds, effects } = make(pipelines, { a: '1', b: '2', c: '3' });
    expect(holds({ ...TEST, 'x.path': '1', 'y.two': '2', c: '3' })).toBe(true);
    expect(holds({ ...TEST, 'x.path': '1', 'y.one': '2', c: '3' })).toBe(true);
    expect(holds({ ...TEST, a: '1', b: '2', c: '3' })).toBe(false);
    expect(effects).toEqual([
      { field_name_mapping: { a: ['x.path'] } },
      { field_name_mapping: { b: ['y.one', 'y.two'] } },
    ]);
  });

  it('rename to fields of the log source, where the name has no dot', () => {
    const pipelines = pipelinesOf(
      'transformations: [{ type: field_name_mapping, mapping: { cmd: CommandLine } }]',
    );
    const windows = { product: 'windows', category: 'process_creation' };
    const { holds } = make(pipelines, { cmd: 'x' }, windows);
    const event = { 'winlog.channel': 'Security', 'event.code': '4688' };
    expect(holds({ ...event, 'winlog.event_data.CommandLine': 'x' })).toBe(true);
    expect(holds({ ...event, 'winlog.event_data.cmd': 'x' })).toBe(false);
  });

  it('take names of fieldref, too, and leave keywords alone', () => {
    const pipelines = pipelinesOf('transformations: [{ type: field_name_prefix, prefix: p. }]');
    expect(make(pipelines, { 'a|fieldref': 'b' }).holds({ ...TEST, 'p.a': 'x', 'p.b': 'x' })).toBe(true);
    const keywords = make(pipelines, { words: ['needle'], condition: 'words' });
    expect(keywords.holds({ ...TEST, any: 'a needle' })).toBe(true);
  });

  it('follow one another by priority, lower first, then in the order of files', () => {
    const map = (priority: number, from: string, to: string): string =>
      `{ priority: ${priority}, transformations: [{ type: field_name_mapping, mapping: { ${from}: ${to} } }] }`;
    const { holds } = make(pipelinesOf(map(20, 'b.b', 'c.c'), map(10, 'a', 'b.b'), map(20, 'c.c', 'd.d')), {
      a: '1',
    });
    expect(holds({ ...TEST, 'd.d': '1' })).toBe(true);
  });

  const conditions: Record<string, [string, object, boolean]> = {
    'one that holds': ['rule_conditions: [{ type: logsource, product: TEST }]', { product: 'test' }, true],
    'one word more than the rule has': [
      'rule_conditions: [{ type: logsource, product: test, service: s }]',
      { product: 'test' },
      false,
    ],
    'all of them': [
      'rule_conditions: [{ type: logsource, product: test }, { type: logsource, service: s }]',
      { product: 'test' },
      false,
    ],
    'any of them': [
      'rule_cond_op: or, rule_conditions: [{ type: logsource, product: test }, { type: logsource, service: s }]',
      { product: 'test' },
      true,
    ],
    negated: [
      'rule_cond_not: true, rule_conditions: [{ type: logsource, product: test }]',
      { product: 'other' },
      true,
    ],
    'fields included': [
      'field_name_conditions: [{ type: include_fields, fields: [b] }]',
      { product: 'test' },
      false,
    ],
    'fields not excluded': [
      'field_name_conditions: [{ type: exclude_fields, fields: [b] }]',
      { product: 'test' },
      true,
    ],
  };
  it.each(Object.entries(conditions))('ask for %s', (_name, [condition, logsource, concerned]) => {
    const pipelines = pipelinesOf(`transformations: [{ type: field_name_prefix, prefix: p., ${condition} }]`);
    expect(make(pipelines, { a: '1' }, logsource).effects.length > 0).toBe(concerned);
  });

  it('put values in the place of placeholders, each with each', () => {
    const pipelines = pipelinesOf(
      `{ vars: { hosts: [ws, 'nb*'], n: 7 }, transformations: [{ type: value_placeholders }] }`,
    );
    const { holds, effects } = make(pipelines, { 'a|expand': ['%hosts%-%n%.local', 'other'] });
    expect(['ws-7.local', 'nb44-7.local', 'OTHER'].map((a) => holds({ ...TEST, a }))).toEqual([
      ...[true, true, true],
    ]);
    expect(['ws-8.local', '%hosts%-7.local'].map((a) => holds({ ...TEST, a }))).toEqual([false, false]);
    expect(effects).toEqual([
      { value_placeholders: { hosts: ['ws', 'nb*'] } },
      { value_placeholders: { n: ['7'] } },
    ]);
  });

  it('expand before any comparison, and what is put in is not expanded again', () => {
    const pipelines = pipelinesOf(
      `{ vars: { nets: [10.0.0.0/8, 'fd00::/8'], self: '%self%' }, transformations: [{ type: value_placeholders }] }`,
    );
    const { holds } = make(pipelines, { 'a|cidr|expand': '%nets%' });
    expect([holds({ ...TEST, a: '10.1.1.1' }), holds({ ...TEST, a: '11.1.1.1' })]).toEqual([true, false]);
    expect(make(pipelines, { 'a|contains|expand': '%self%' }).holds({ ...TEST, a: 'x %self% y' })).toBe(true);
    expect(make(pipelines, { a: '%self%' }).effects).toEqual([]);
  });

  it('let some placeholders be anything, and leave others undefined', () => {
    const pipelines = pipelinesOf('transformations: [{ type: wildcard_placeholders, include: [any] }]');
    expect(make(pipelines, { 'a|expand': 'x%any%y' }).holds({ ...TEST, a: 'x-y' })).toBe(true);
    expect(make(pipelines, { 'a|expand': '%other%' }).codes).toEqual(['sigma.value.undefined_placeholder']);
    const excluding = pipelinesOf('transformations: [{ type: wildcard_placeholders, exclude: [other] }]');
    expect(make(excluding, { 'a|expand': '%other%' }).codes).toEqual(['sigma.value.undefined_placeholder']);
  });

  it('refuse an item that would become too many values', () => {
    const many = Array.from({ length: 150 }, (_, at) => `v${at}`).join(', ');
    const pipelines = pipelinesOf(
      `{ vars: { m: [${many}] }, transformations: [{ type: value_placeholders }] }`,
    );
    expect(make(pipelines, { 'a|expand': '%m%%m%%m%%m%%m%%m%' }).codes).toEqual(['sigma.document.too_large']);
  });

  it('drop items as if they had not been written', () => {
    const pipelines = pipelinesOf(`
transformations:
  - type: drop_detection_item
    field_name_conditions: [{ type: include_fields, fields: [gone] }]
`);
    expect(make(pipelines, { a: '1', gone: 'x' }).holds({ ...TEST, a: '1' })).toBe(true);
    const excluded = make(pipelines, {
      ...{ selection: { a: '1' }, filter: { gone: 'x' } },
      condition: 'selection and not filter',
    });
    expect(excluded.holds({ ...TEST, a: '1' })).toBe(true);
    const either = make(pipelines, { list: [{ gone: 'x' }, { a: '1' }], condition: '1 of list*' });
    expect([either.holds({ ...TEST, a: '1' }), either.holds({ ...TEST, a: '2' })]).toEqual([true, false]);
    expect(make(pipelines, { gone: 'x' }).codes).toEqual(['sigma.pipeline.nothing_left']);
  });

  it('add conditions, whose fields are mapped by what follows', () => {
    const pipelines = pipelinesOf(`
transformations:
  - { type: add_condition, conditions: { site: [here, there], 'log.level|startswith': e } }
  - { type: add_condition, negated: true, conditions: { tags: noise } }
  - { type: field_name_mapping, mapping: { site: labels.site } }
`);
    const { holds } = make(pipelines, { a: '1' });
    const event = { ...TEST, a: '1', 'labels.site': 'there', 'log.level': 'error' };
    expect(holds(event)).toBe(true);
    expect(holds({ ...event, 'labels.site': 'elsewhere' })).toBe(false);
    expect(holds({ ...event, tags: ['noise'] })).toBe(false);
    expect(holds({ ...event, 'log.level': 'info' })).toBe(false);
  });

  it('move a log source to where its events are', () => {
    const pipelines = pipelinesOf(`
transformations:
  - type: change_logsource
    product: windows
    service: security
    rule_conditions: [{ type: logsource, product: acme, service: logins }]
  - type: change_logsource
    events: [{ event.provider: acme-vpn }, { event.dataset|startswith: acme., event.kind: event }]
    rule_conditions: [{ type: logsource, product: acme, service: vpn }]
`);
    const logins = make(pipelines, { EventID: 4624 }, { product: 'acme', service: 'logins' });
    expect(logins.holds({ 'winlog.channel': 'Security', 'event.code': '4624' })).toBe(true);
    const vpn = make(pipelines, { a: '1' }, { product: 'acme', service: 'vpn' });
    expect(vpn.holds({ 'event.provider': 'acme-vpn', a: '1' })).toBe(true);
    expect(vpn.holds({ 'event.dataset': 'acme.x', 'event.kind': 'event', a: '1' })).toBe(true);
    expect(vpn.holds({ 'event.dataset': 'acme.vpn', a: '1' })).toBe(false);
  });

  it('refuse rules', () => {
    const pipelines = pipelinesOf(
      'transformations: [{ type: rule_failure, message: no such logs here, rule_conditions: [{ type: logsource, product: test }] }]',
    );
    expect(make(pipelines, { a: '1' }).codes).toEqual(['sigma.pipeline.refused']);
    expect(make(pipelines, { a: '1' }, { product: 'other' }).codes).toEqual([]);
  });
});

describe('pipeline files', () => {
  const wrong: Record<string, [text: string, told: readonly string[]]> = {
    'no YAML': ['a: [', ['sigma.yaml.syntax 1:5']],
    'no map': ['- a', ['pipeline.form 1:1']],
    'nothing in it': ['name: x', ['pipeline.form 1:1']],
    'an unknown key': ['vars: { a: b }\ntransformation: []\n', ['pipeline.form 2:1']],
    'an unknown transformation': [
      'transformations:\n  - type: field_name_maping\n    mapping: { a: b }\n',
      ['pipeline.transformation.unknown 2:11'],
    ],
    'a missing parameter': ['transformations:\n  - type: field_name_prefix\n', ['pipeline.form 2:5']],
    'a condition of another type': [
      'transformations:\n  - type: field_name_prefix\n    prefix: a.\n    rule_conditions:\n      - type: tag\n        tag: x\n',
      ['pipeline.form 5:15', 'pipeline.form 6:9'],
    ],
    'no log source to change to': ['transformations:\n  - type: change_logsource\n', ['pipeline.form 2:5']],
    'dropping without a condition': [
      'transformations:\n  - type: drop_detection_item\n',
      ['pipeline.form 2:5'],
    ],
    'an item that no rule could have': [
      'transformations:\n  - type: add_condition\n    conditions:\n      a|cidr: nonsense\n',
      ['sigma.value.cidr 4:15'],
    ],
    'what works on the text of queries': [
      'vars: { a: b }\nfinalizers: [{ type: concat }]\n',
      ['pipeline.ignored 2:1'],
    ],
  };
  it.each(Object.entries(wrong))('tell of %s', (_name, [text, told]) => {
    const { diagnostics, pipeline } = readPipeline(text, 'p.yml', 'p.yml');
    expect(diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual(told);
    expect(pipeline === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  });

  it('tell of a placeholder without values, unless another pipeline has them', () => {
    const naming = 'transformations: [{ type: value_placeholders, include: [admins] }]';
    const [told] = pipelinesOf(naming).diagnostics;
    expect(told).toMatchObject({ code: 'pipeline.placeholder.undefined', line: 1, column: 57 });
    expect(pipelinesOf(naming, 'vars: { admins: root }').diagnostics).toEqual([]);
  });
});

it('reads the example of the documentation', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/rules.md'), 'utf8');
  const example = /^## Pipelines\n[^]*?```yaml\n([^]*?)```/m.exec(page)?.[1] ?? '';
  const pipelines = pipelinesOf(example);
  const { holds } = make(
    pipelines,
    { peer: 'x', 'u|expand': '%admins%' },
    { product: 'acme', service: 'vpn' },
  );
  const event = { 'event.provider': 'acme-vpn', 'log.level': 'error', 'client.ip': 'x' };
  expect([holds({ ...event, u: 'adm-1' }), holds({ ...event, u: 'li' })]).toEqual([true, false]);
});
