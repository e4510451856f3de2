/** Pipelines of a set of rules: where they come from, what they do to versions, and what of them is of no use. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRuleSet, RuleFileCache, ruleSetOf, type LoadedRuleSet } from './rule-set.js';
import { watchRuleSet } from './rule-watch.js';

const rule = (id: string, item: string, more = ''): string =>
  `title: Rule ${id}\nid: ${id}\nlogsource: { product: test }\ndetection:\n  s: { ${item} }\n  condition: s\nlevel: low\n${more}`;
const MAP = `
vars: { admins: [root, li], idle: [x] }
transformations:
  - type: value_placeholders
  - type: field_name_mapping
    mapping: { a: mapped.a, never: mapped.never }
  - type: field_name_prefix
    prefix: p.
    rule_conditions: [{ type: logsource, product: absent }]
`;
const idsOf = ({ ruleSet }: LoadedRuleSet, fields: Record<string, string>): string[] =>
  ruleSet
    .match({ fields: { 'event.module': 'test', ...fields } }, (_, error) => {
      throw new Error('no rule fails here', { cause: error });
    })
    .map((match) => match.rule.id);
const told = ({ diagnostics }: LoadedRuleSet): string[] =>
  diagnostics.map(({ code, file, line }) => `${code} ${file}:${line}`);

describe('a set with pipelines', () => {
  const texts = {
    'one.yml': rule('one', 'a: x'),
    'two.yml': rule('two', "b|expand: '%admins%'"),
    'three.yml': rule('three', 'c: x'),
  };

  it('makes new versions of the rules that they change, whose text says how, and of no others', () => {
    const plain = ruleSetOf({ ...texts, 'two.yml': rule('two', 'b: x') }).ruleSet.rules;
    const { ruleSet } = ruleSetOf({ ...texts, 'site.pipeline.yml': MAP });
    const [one, two, three] = ruleSet.rules;
    expect(three?.version).toBe(plain[2]?.version);
    expect(three?.text).toBe(texts['three.yml']);
    expect(one?.version).not.toBe(plain[0]?.version);
    expect(one?.reference.version).toBe(one?.version);
    expect(one?.text).toBe(`${texts['one.yml']}# site.pipeline.yml: {field_name_mapping: {a: [mapped.a]}}\n`);
    expect(two?.text).toContain('\n# site.pipeline.yml: {value_placeholders: {admins: [root, li]}}\n');
    const other = ruleSetOf({ ...texts, 'site.pipeline.yml': MAP.replace('li]', 'wang]') }).ruleSet.rules;
    expect(other.map(({ version }, at) => version === ruleSet.rules[at]?.version)).toEqual([
      ...[true, false, true],
    ]);
  });

  it('warns of what no rule takes', () => {
    const loaded = ruleSetOf({ ...texts, 'site.pipeline.yml': MAP });
    expect(told(loaded)).toEqual([
      'pipeline.unused site.pipeline.yml:2',
      'pipeline.unused site.pipeline.yml:6',
      'pipeline.unused site.pipeline.yml:7',
    ]);
    expect(loaded.diagnostics.map(({ message, severity }) => `${severity}: ${message}`)).toEqual([
      'warning: no rule takes the values of `idle`',
      'warning: no rule asks for 1 of 2 fields of the mapping: `never`',
      'warning: `field_name_prefix` has no effect on any rule',
    ]);
    expect(idsOf(loaded, { 'mapped.a': 'x', b: 'LI', c: 'x' })).toEqual(['one', 'two', 'three']);
  });

  it('does not warn of a part that refuses rules', () => {
    const refusing =
      'transformations: [{ type: rule_failure, message: no, rule_conditions: [{ type: logsource, product: test }] }]';
    const loaded = ruleSetOf({ 'one.yml': texts['one.yml'], 'p.pipeline.yml': refusing });
    expect(told(loaded)).toEqual(['sigma.pipeline.refused one.yml:3']);
    expect(loaded.failed).toBe(1);
  });

  it('maps the fields of filters and correlations as those of their rules', () => {
    const filter =
      "title: F\nlogsource: { product: test }\nfilter: { rules: any, s: { d|expand: '%admins%' }, condition: not s }\n";
    const correlation =
      'title: C\nid: c\ncorrelation: { type: event_count, rules: [one], group-by: [u], timespan: 1m, condition: { gte: 2 } }\nlevel: low\n';
    const pipeline =
      '{ vars: { admins: root }, transformations: [{ type: value_placeholders }, { type: field_name_mapping, mapping: { d: m.d, u: m.u } }] }';
    const { ruleSet, diagnostics } = ruleSetOf({
      'one.yml': texts['one.yml'],
      'f.yml': filter,
      'c.yml': correlation,
      'p.pipeline.yml': pipeline,
    });
    expect(diagnostics).toEqual([]);
    expect(idsOf({ ruleSet, diagnostics, failed: 0 }, { a: 'x', 'm.d': 'root' })).toEqual([]);
    expect(ruleSet.rules[0]?.text).toContain(
      '# p.pipeline.yml: {field_name_mapping: {d: [m.d]}}\n# p.pipeline.yml: {value_placeholders: {admins: [root]}}\n',
    );
    expect(ruleSet.correlations.leaves.get('one')).toEqual(['m.u', 'u']);
    expect(ruleSet.rules[1]?.text).toContain('\n# p.pipeline.yml: {field_name_mapping: {u: [m.u]}}\n');
  });

  it('tells of a filter that pipelines leave nothing of, and does not apply it', () => {
    const filter =
      'title: F\nlogsource: { category: k }\nfilter: { rules: any, s: { d: x }, condition: not s }\n';
    const dropping =
      'transformations: [{ type: drop_detection_item, field_name_conditions: [{ type: include_fields, fields: [d] }], rule_conditions: [{ type: logsource, product: test }] }]';
    const one = rule('one', 'a: x').replace('product: test', 'product: test, category: k');
    const loaded = ruleSetOf({ 'one.yml': one, 'f.yml': filter, 'p.pipeline.yml': dropping });
    expect(told(loaded)).toContain('sigma.pipeline.nothing_left f.yml:3');
    expect(loaded.ruleSet.rules.map(({ text }) => text)).toEqual([one]);
  });
});

describe('pipeline files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fenghuo-pipelines-'));
    mkdirSync(join(folder, 'rules/deep'), { recursive: true });
    writeFileSync(join(folder, 'rules/one.yml'), rule('one', 'a: x'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const rename = (to: string, priority = 0): string =>
    `{ priority: ${priority}, transformations: [{ type: field_name_mapping, mapping: { a: ${to} } }] }`;

  it('are found below rule folders, and where they are named: a file of any name, or a folder', async () => {
    writeFileSync(join(folder, 'rules/deep/site.pipeline.yml'), rename('b'));
    const rules = join(folder, 'rules');
    expect(idsOf(await loadRuleSet([rules]), { b: 'x' })).toEqual(['one']);
    writeFileSync(join(folder, 'other.yml'), rename('c', -1));
    const pipelines = [join(folder, 'other.yml'), rules];
    const loaded = await loadRuleSet([rules], { pipelines });
    expect([idsOf(loaded, { c: 'x' }), told(loaded)]).toEqual([
      ['one'],
      [`pipeline.unused ${join(rules, 'deep/site.pipeline.yml')}:1`],
    ]);
    expect(told(await loadRuleSet([rules], { pipelines: [join(folder, 'absent')] }))).toEqual([
      `sigma.file.unreadable ${join(folder, 'absent')}:1`,
    ]);
  });

  it('are left out where they are wrong, and stop nothing', async () => {
    writeFileSync(join(folder, 'rules/p.pipeline.yml'), 'transformations: [{ type: nonsense }]');
    const loaded = await loadRuleSet([join(folder, 'rules')]);
    expect([idsOf(loaded, { a: 'x' }), loaded.failed, told(loaded)]).toEqual([
      ['one'],
      0,
      [`pipeline.transformation.unknown ${join(folder, 'rules/p.pipeline.yml')}:1`],
    ]);
  });

  it('are read again with the rules, which are then made anew', async () => {
    const pipeline = join(folder, 'site.yml');
    writeFileSync(pipeline, rename('b'));
    const cache = new RuleFileCache();
    const seen: string[][] = [];
    const watched = watchRuleSet(
      [join(folder, 'rules')],
      (loaded) => seen.push(['a', 'b', 'c'].filter((field) => idsOf(loaded, { [field]: 'x' }).length > 0)),
      { pipelines: [pipeline], cache, watching: false },
    );
    await watched.reload();
    writeFileSync(pipeline, rename('c'));
    await watched.reload();
    watched.close();
    expect(seen).toEqual([['b'], ['c']]);
  });
});
