import { describe, expect, it } from 'vitest';
import { FieldCensus, nameOfSource } from './asked-fields.js';
import { ruleSetOf } from './rule-set.js';
import { deliveryOf } from './sigma/delivery.js';
import type { LogSource } from './sigma/taxonomy.js';

const rule = (id: string, logsource: string, detection: string): string =>
  `title: ${id}\nid: ${id}\nlogsource: { ${logsource} }\ndetection: { ${detection}, condition: s }\nlevel: low\n`;
const PROCESS = 'product: windows, category: process_creation';
const texts = {
  'a.yml': rule('a', PROCESS, 's: { Image: x, User|fieldref: TargetUser }'),
  'b.yml': rule('b', PROCESS, 's: { Image: y }'),
  'c.yml': rule('c', 'product: test', 's: [keyword]'),
  'd.yml':
    'title: d\nid: d\ncorrelation: { type: value_count, rules: [b], group-by: [host.name], timespan: 1m, condition: { field: CommandLine, gte: 2 } }\nlevel: low\n',
};

describe('what rules ask for', () => {
  it('is gathered by log source, with where it lies and who asks, correlations too', () => {
    const [test, windows] = ruleSetOf(texts).ruleSet.asked();
    expect([test?.rules, test?.fields]).toEqual([['c'], []]);
    expect(windows?.rules).toEqual(['a', 'b']);
    expect(windows?.fields.map(({ field, rules }) => [field, ...rules])).toEqual([
      ['CommandLine', 'd'],
      ['Image', 'a', 'b'],
      ['TargetUser', 'a'],
      ['User', 'a'],
      ['host.name', 'd'],
    ]);
    expect(windows?.fields[1]?.paths).toEqual([
      'winlog.event_data.Image',
      'winlog.event_data.NewProcessName',
    ]);
  });

  it('is asked by filters, too', () => {
    const filter =
      'title: F\nlogsource: { product: windows }\nfilter: { rules: [b], s: { User: root }, condition: not s }\n';
    const [, windows] = ruleSetOf({ ...texts, 'f.yml': filter }).ruleSet.asked();
    expect(windows?.fields.find(({ field }) => field === 'User')?.rules).toEqual(['a', 'b']);
  });

  it('leaves out what is switched off', () => {
    const asked = ruleSetOf(texts, new Set(['a', 'd'])).ruleSet.asked();
    expect(asked[1]?.fields.map(({ field }) => field)).toEqual(['Image']);
  });

  it('is counted in the events of the log source alone', () => {
    const census = new FieldCensus(ruleSetOf(texts).ruleSet.asked());
    const event = { 'winlog.channel': 'Security', 'event.code': '4688' };
    census.see({ ...event, 'winlog.event_data.NewProcessName': 'x' });
    census.see({ ...event, 'winlog.event_data.User': [] });
    census.see({ 'winlog.channel': 'System', 'winlog.event_data.User': 'u' });
    const windows = census.counted().find(({ logsource }) => nameOfSource(logsource).startsWith('windows'));
    expect([census.events, windows?.events]).toEqual([3, 2]);
    expect(windows?.fields.map(({ field, seen }) => [field, seen])).toEqual([
      ['CommandLine', 0],
      ['Image', 1],
      ['TargetUser', 0],
      ['User', 0],
      ['host.name', 0],
    ]);
  });
});

describe('what would bring the events of a log source', () => {
  const known: LogSource[] = [
    { product: 'windows' },
    { product: 'Windows', category: 'process_creation' },
    { product: 'windows', service: 'security' },
    { product: 'linux', category: 'process_creation' },
    { product: 'linux', service: 'any-daemon' },
    { category: 'webserver' },
    { category: 'proxy', product: 'squid' },
    { service: 'nginx' },
    { product: 'aws', service: 'cloudtrail' },
    { product: 'kubernetes', category: 'application', service: 'audit' },
    { product: 'cisco', service: 'aaa' },
    { product: 'fenghuo' },
  ];
  it.each(known)('is ours for %j', (source) => expect(deliveryOf(source)).toBeUndefined());

  const unknown: [LogSource, string][] = [
    [{ product: 'okta', service: 'okta' }, '`okta.system`'],
    [{ product: 'acme', service: 'vpn' }, '`change_logsource`'],
    [{ product: 'aws', service: 'guardduty' }, '`change_logsource`'],
    [{ product: 'windows', category: 'proces_creation' }, '`category: process_creation`'],
    [{ product: 'windows', service: 'securty' }, '`service: security`'],
    [{ product: 'linux', category: 'file_evnt' }, '`category: file_event`'],
    [{ category: 'web_server' }, '`category: webserver`'],
    [{ service: 'netflow' }, '`netflow.log`'],
  ];
  it.each(unknown)('is told for %j', (source, told) => expect(deliveryOf(source)).toContain(told));

  it('is of no interest where a pipeline says what the events are', () => {
    const pipeline = 'transformations: [{ type: change_logsource, events: { event.provider: acme } }]';
    const acme = { 'a.yml': rule('a', 'product: acme', 's: { a: x }') };
    expect(ruleSetOf(acme).ruleSet.asked()[0]?.delivery).toBeDefined();
    expect(ruleSetOf({ ...acme, 'p.pipeline.yml': pipeline }).ruleSet.asked()[0]?.delivery).toBeUndefined();
  });
});
