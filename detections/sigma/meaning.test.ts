/** What rules mean: forms of detections, modifiers and conditions against fields, as a table. */
import { describe, expect, it } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { and } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { readRuleFile } from './file.js';

/** Detections over product `test`, whose fields are our paths as they are. */
function predicateOf(detection: unknown): (fields: Fields) => boolean {
  const rule = { title: 'T', id: 't', logsource: { product: 'test' }, level: 'low', detection };
  const file = readRuleFile(JSON.stringify(rule), 'test.yml');
  const errors = file.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  const [compiled] = file.rules;
  if (!compiled) throw new Error('no rule');
  return compilePredicate(compiled.detection);
}

const one = (key: string, value: unknown): unknown => ({
  selection: { [key]: value },
  condition: 'selection',
});

/** Each: detection, fields it holds for, fields it does not hold for. */
const CASES: Record<string, [detection: unknown, holds: Fields[], fails: Fields[]]> = {
  'plain text ignores case': [one('a', 'Cmd.exe'), [{ a: 'CMD.EXE' }], [{ a: 'cmd.exe ' }, {}]],
  'any value of a list': [one('a', ['x', 'y']), [{ a: 'y' }, { a: ['z', 'x'] }], [{ a: 'z' }]],
  'all values of a list': [one('a|contains|all', ['x', 'y']), [{ a: 'yx' }], [{ a: 'x' }, { a: 'y' }]],
  wildcards: [one('a', 'c?t*'), [{ a: 'cat' }, { a: 'cut off' }], [{ a: 'ct' }, { a: 'a cat' }]],
  'escaped wildcards': [one('a', 'what\\?\\*'), [{ a: 'what?*' }], [{ a: 'whatever' }, { a: 'what\\?\\*' }]],
  'a backslash before a wildcard': [one('a', 'c:\\\\*'), [{ a: 'c:\\temp' }], [{ a: 'c:*' }]],
  'a lone backslash': [one('a|endswith', '\\cmd.exe'), [{ a: 'C:\\cmd.exe' }], [{ a: 'C:\\xcmd.exe' }]],
  'a question mark inside endswith': [one('a|endswith', '\\?.exe'), [{ a: 'x?.exe' }], [{ a: 'x\\a.exe' }]],
  'a wildcard inside endswith': [one('a|endswith', 'a?.exe'), [{ a: 'x\\ab.exe' }], [{ a: 'x\\a.exe' }]],
  startswith: [one('a|startswith', 'ab'), [{ a: 'ABc' }], [{ a: 'cab' }]],
  'numbers compare with their text': [one('a', 4624), [{ a: 4624 }, { a: '4624' }], [{ a: 46240 }]],
  'booleans compare with their text': [one('a', true), [{ a: true }, { a: 'True' }], [{ a: 'yes' }]],
  'numbers can be searched': [one('a|startswith', 46), [{ a: 4624 }], [{ a: 5 }]],
  'null is absence': [one('a', null), [{}, { a: [] }], [{ a: '' }, { a: 'x' }]],
  'null beside a text': [one('a', [null, '-']), [{}, { a: '-' }], [{ a: 'x' }]],
  'empty text': [one('a', ''), [{ a: '' }], [{}, { a: 'x' }]],
  exists: [one('a|exists', true), [{ a: '' }, { a: 0 }], [{}]],
  'exists not': [one('a|exists', false), [{}], [{ a: 'x' }]],
  cased: [one('a|cased', 'Ab'), [{ a: 'Ab' }], [{ a: 'ab' }]],
  'cased contains': [one('a|contains|cased', 'Ab'), [{ a: 'xAbx' }], [{ a: 'xabx' }]],
  neq: [one('a|neq', 'x'), [{ a: 'y' }, {}], [{ a: 'X' }]],
  'neq of a list': [one('a|neq', ['x', 'y']), [{ a: 'z' }], [{ a: 'x' }, { a: 'y' }]],
  lt: [one('a|lt', 10), [{ a: 9 }, { a: '9' }], [{ a: 10 }, { a: 'x' }, {}]],
  lte: [one('a|lte', 10), [{ a: 10 }], [{ a: 11 }]],
  gt: [one('a|gt', 10), [{ a: 11 }], [{ a: 10 }]],
  gte: [one('a|gte', '10'), [{ a: 10 }], [{ a: 9.5 }]],
  'regex is cased and found anywhere': [one('a|re', 'b+c'), [{ a: 'abbc' }], [{ a: 'ABBC' }]],
  'regex ignoring case': [one('a|re|i', 'b+c$'), [{ a: 'ABBC' }], [{ a: 'abbcd' }]],
  'regex over lines': [one('a|re|m', '^b$'), [{ a: 'a\nb\nc' }], [{ a: 'abc' }]],
  'regex dot over lines': [one('a|re|s', 'a.c'), [{ a: 'a\nc' }], [{ a: 'ac' }]],
  'cidr v4': [
    one('a|cidr', '10.0.0.0/8'),
    [{ a: '10.1.2.3' }, { a: '::ffff:10.1.2.3' }],
    [{ a: '11.0.0.1' }, { a: 'x' }],
  ],
  'cidr v6': [
    one('a|cidr', ['fe80::/10', 'fc00::/7']),
    [{ a: 'fd12::1' }],
    [{ a: '2001:db8::1' }, { a: '10.0.0.1' }],
  ],
  'windash from hyphen': [
    one('a|contains|windash', ' -enc '),
    [{ a: 'x -enc y' }, { a: 'x /enc y' }, { a: 'x \u2014enc y' }],
    [{ a: 'x enc y' }],
  ],
  'windash from slash': [
    one('a|contains|windash', ' /c'),
    [{ a: 'cmd -c' }, { a: 'cmd \u2015c' }],
    [{ a: 'cmd c' }],
  ],
  'windash knows five dashes': [
    one('a|windash', '-x'),
    ['-x', '/x', '\u2013x', '\u2014x', '\u2015x'].map((a) => ({ a })),
    [{ a: '+x' }, { a: 'x' }],
  ],
  'windash in each place of a value': [
    one('a|windash', '-x -y'),
    [{ a: '/x -y' }, { a: '-x \u2013y' }, { a: '/x /y' }],
    [{ a: '-x y' }],
  ],
  'windash leaves words alone': [one('a|windash', 'a-b'), [{ a: 'a-b' }], [{ a: 'a/b' }]],
  base64: [one('a|base64', 'ping'), [{ a: 'cGluZw==' }], [{ a: 'ping' }]],
  'base64offset at any offset': [
    one('a|base64offset|contains', 'http://'),
    ['', 'x', 'xy'].map((before) => ({ a: Buffer.from(`${before}http://host`).toString('base64') })),
    [{ a: Buffer.from('ftp://host').toString('base64') }],
  ],
  'wide base64offset': [
    one('a|wide|base64offset|contains', 'IEX'),
    ['', 'x', 'xyz'].map((before) => ({ a: Buffer.from(`${before}IEX (`, 'utf16le').toString('base64') })),
    [{ a: Buffer.from('IEX (').toString('base64') }],
  ],
  'utf16be base64': [
    one('a|utf16be|base64', 'hi'),
    [{ a: Buffer.from([0, 0x68, 0, 0x69]).toString('base64') }],
    [{ a: 'aGk=' }],
  ],
  'utf16 has a byte order mark': [
    one('a|utf16|base64', 'h'),
    [{ a: Buffer.from([0xff, 0xfe, 0x68, 0]).toString('base64') }],
    [{ a: 'aAA=' }],
  ],
  fieldref: [one('a|fieldref', 'b'), [{ a: 'X', b: 'x' }], [{ a: 'x', b: 'y' }, { a: 'x' }]],
  'fieldref neq': [one('a|fieldref|neq', 'b'), [{ a: 'x', b: 'y' }], [{ a: 'x', b: 'x' }]],
  'fieldref endswith': [one('a|fieldref|endswith', 'b'), [{ a: 'xyz', b: 'yz' }], [{ a: 'xyz', b: 'xy' }]],
  'fieldref startswith': [
    one('a|fieldref|startswith', 'b'),
    [{ a: 'XYz', b: 'xy' }],
    [{ a: 'xyz', b: 'yz' }],
  ],
  'fieldref contains, with case': [
    one('a|fieldref|contains|cased', 'b'),
    [{ a: 'aBc', b: 'B' }],
    [{ a: 'aBc', b: 'b' }],
  ],
  'fieldref of several': [one('a|fieldref', ['b', 'c']), [{ a: 'x', c: 'x' }], [{ a: 'x', b: 'y' }]],
  'all with a regular expression': [one('a|re|all', ['^x', 'y$']), [{ a: 'x y' }], [{ a: 'x' }, { a: 'y' }]],
  'all with networks': [
    one('a|cidr|all', ['10.0.0.0/8', '10.1.0.0/16']),
    [{ a: '10.1.0.1' }],
    [{ a: '10.2.0.1' }],
  ],
  'all, negated': [one('a|contains|all|neq', ['x', 'y']), [{ a: 'x' }], [{ a: 'xy' }]],
  'all with startswith, of an array': [
    one('a|startswith|all', ['x', 'y']),
    [{ a: ['x1', 'y1'] }],
    [{ a: 'x' }],
  ],
  'a nested field by its dotted path': [one('a.b.c', 'x'), [{ 'a.b.c': 'x' }], [{ 'a.b': 'x' }]],
  'a part of a time': [
    one('a|hour', [2, 3]),
    [{ a: '2026-11-22T03:59:59.123456Z' }, { a: '2026-11-22 02:00:00' }, { a: '2026-11-22T10:00:00+08:00' }],
    [{ a: '2026-11-22T04:00:00Z' }, { a: 'three' }, { a: 3 }, {}],
  ],
  'a part of a time, compared': [
    one('a|hour|gte', 20),
    [{ a: '2026-11-22T20:00:00Z' }, { a: Date.UTC(2026, 10, 22, 23) }],
    [{ a: '2026-11-22T19:59:59Z' }],
  ],
  'minute, day, month and year': [
    { s: { 'a|minute': 5, 'a|day': 31, 'a|month': 12, 'a|year': 2026 }, condition: 's' },
    [{ a: '2026-12-31T23:05:00Z' }],
    [{ a: '2026-12-31T23:06:00Z' }, { a: '2026-12-31T23:05:00-01:00' }],
  ],
  'the week is that of ISO 8601': [
    one('a|week', 53),
    [{ a: '2026-12-31' }, { a: '2027-01-03T12:00:00Z' }],
    [{ a: '2027-01-04' }, { a: '2026-12-27' }],
  ],
  'expand without a placeholder': [one('a|expand', '100%'), [{ a: '100%' }], [{ a: '100' }]],
  'field names lose their spaces': [
    one('Process Name', 'x'),
    [{ ProcessName: 'x' }],
    [{ 'Process Name': 'x' }],
  ],
  'a map is and': [{ s: { a: 1, b: 2 }, condition: 's' }, [{ a: 1, b: 2 }], [{ a: 1 }, { b: 2 }]],
  'a list of maps is or': [
    { s: [{ a: 1 }, { b: 2, c: 3 }], condition: 's' },
    [{ a: 1 }, { b: 2, c: 3 }],
    [{ b: 2 }],
  ],
  'keywords look everywhere': [
    { keywords: ['evil', 'b*d'], condition: 'keywords' },
    [{ x: 'so EVIL' }, { y: ['is bad'] }],
    [{ x: 'good' }],
  ],
  'keywords, all of them': [
    { keywords: { '|all': ['a1', 'b2'] }, condition: 'keywords' },
    [{ x: 'a1', y: 'b2' }],
    [{ x: 'a1' }],
  ],
  'keywords with case': [
    { keywords: { '|cased': ['Evil'] }, condition: 'keywords' },
    [{ x: 'an Evil' }],
    [{ x: 'evil' }],
  ],
  'keywords in base64 at any offset': [
    { keywords: { '|base64offset': ['http://'] }, condition: 'keywords' },
    [{ x: Buffer.from('a http://b').toString('base64') }],
    [{ x: 'http://' }],
  ],
  'one keyword': [{ keywords: 'evil', condition: 'keywords' }, [{ x: 'evil' }], [{ x: 'good' }]],
  '1 of pattern': [
    { s_a: { a: 1 }, s_b: { b: 1 }, t: { c: 1 }, condition: '1 of s_*' },
    [{ b: 1 }],
    [{ c: 1 }],
  ],
  'not 1 of pattern': [
    { s: { x: 1 }, f_a: { a: 1 }, f_b: { b: 1 }, condition: 's and not 1 of f_*' },
    [{ x: 1 }],
    [{ x: 1, b: 1 }, { a: 1 }],
  ],
  'not all of pattern': [
    { s: { x: 1 }, f_a: { a: 1 }, f_b: { b: 1 }, condition: 's and not all of f_*' },
    [{ x: 1 }, { x: 1, a: 1 }],
    [{ x: 1, a: 1, b: 1 }],
  ],
  'all of pattern': [
    { s_a: { a: 1 }, s_b: { b: 1 }, t: { c: 1 }, condition: 'all of s_*' },
    [{ a: 1, b: 1 }],
    [{ b: 1, c: 1 }],
  ],
  'all of them': [
    { a: { a: 1 }, b: { b: 1 }, _hidden: { c: 1 }, condition: 'all of them' },
    [{ a: 1, b: 1 }],
    [{ a: 1, c: 1 }],
  ],
  'any of them': [{ a: { a: 1 }, b: { b: 1 }, condition: 'any of them' }, [{ b: 1 }], [{ c: 1 }]],
  'and binds closer than or': [
    { a: { a: 1 }, b: { b: 1 }, c: { c: 1 }, condition: 'a or b and c' },
    [{ a: 1 }, { b: 1, c: 1 }],
    [{ b: 1 }],
  ],
  'not binds closest': [
    { a: { a: 1 }, b: { b: 1 }, condition: 'not a and b' },
    [{ b: 1 }],
    [{ a: 1, b: 1 }, {}],
  ],
  parentheses: [
    { a: { a: 1 }, b: { b: 1 }, c: { c: 1 }, condition: 'a and not (b or (c))' },
    [{ a: 1 }],
    [{ a: 1, c: 1 }],
  ],
  'words of any case, names like words': [
    { notes: { a: 1 }, order: { b: 1 }, condition: 'notes AND NOT order' },
    [{ a: 1 }],
    [{ a: 1, b: 1 }],
  ],
  'a list of conditions is or': [
    { a: { a: 1 }, b: { b: 1 }, condition: ['a', 'b'] },
    [{ a: 1 }, { b: 1 }],
    [{}],
  ],
};

describe('detections', () => {
  it.each(Object.entries(CASES))('%s', (_, [detection, holds, fails]) => {
    const predicate = predicateOf(detection);
    for (const fields of holds) expect(predicate(fields), JSON.stringify(fields)).toBe(true);
    for (const fields of fails) expect(predicate(fields), JSON.stringify(fields)).toBe(false);
  });

  it('survive nesting that would exhaust a stack', () => {
    const deep = `${'('.repeat(10_000)}a${')'.repeat(10_000)}`;
    expect(() => predicateOf({ a: { a: 1 }, condition: deep })).toThrow(/longer|deeper/);
    expect(() => predicateOf({ a: { a: 1 }, condition: `${'not '.repeat(200)}a` })).toThrow(/deeper/);
  });
});

describe('log sources', () => {
  const holds = (logsource: object, detection: unknown, fields: Fields): boolean => {
    const { rules, diagnostics } = readRuleFile(
      JSON.stringify({ title: 'T', id: 't', logsource, detection }),
      't.yml',
    );
    expect(diagnostics).toEqual([]);
    const [rule] = rules;
    return rule !== undefined && compilePredicate(and(rule.source, rule.detection))(fields);
  };
  const sysmon = { 'winlog.channel': 'Microsoft-Windows-Sysmon/Operational' };
  const image = one('Image|endswith', '\\a.exe');
  const windowsProcess = { product: 'windows', category: 'process_creation' };

  it.each([
    [
      'Sysmon 1',
      windowsProcess,
      image,
      { ...sysmon, 'event.code': '1', 'winlog.event_data.Image': 'C:\\a.exe' },
      true,
    ],
    [
      'Security 4688',
      windowsProcess,
      image,
      { 'winlog.channel': 'Security', 'event.code': '4688', 'winlog.event_data.NewProcessName': 'C:\\a.exe' },
      true,
    ],
    [
      'another id',
      windowsProcess,
      image,
      { ...sysmon, 'event.code': '7', 'winlog.event_data.Image': 'C:\\a.exe' },
      false,
    ],
    [
      'another channel',
      windowsProcess,
      image,
      { 'winlog.channel': 'System', 'event.code': '1', 'winlog.event_data.Image': 'C:\\a.exe' },
      false,
    ],
    [
      'registry_set',
      { product: 'windows', category: 'registry_set' },
      one('Details', 'x'),
      { ...sysmon, 'event.code': '13', 'winlog.event_data.Details': 'x' },
      true,
    ],
    [
      'registry_event too',
      { product: 'windows', category: 'registry_event' },
      one('Details', 'x'),
      { ...sysmon, 'event.code': '13', 'winlog.event_data.Details': 'x' },
      true,
    ],
    [
      'a service',
      { product: 'windows', service: 'security' },
      one('EventID', 4624),
      { 'winlog.channel': 'Security', 'event.code': '4624' },
      true,
    ],
    [
      'a product alone',
      { product: 'windows' },
      one('EventID', 7),
      { 'winlog.channel': 'Whatever', 'event.code': '7' },
      true,
    ],
    [
      'Linux processes in ECS',
      { product: 'linux', category: 'process_creation' },
      one('CommandLine|contains', 'x'),
      { 'event.category': ['process'], 'event.type': ['start'], 'process.command_line': 'x' },
      true,
    ],
    [
      'are not those of Windows',
      { product: 'linux', category: 'process_creation' },
      one('CommandLine|contains', 'x'),
      {
        'winlog.channel': 'Security',
        'event.category': ['process'],
        'event.type': ['start'],
        'process.command_line': 'x',
      },
      false,
    ],
    [
      'sshd',
      { product: 'linux', service: 'sshd' },
      { k: ['broken'], condition: 'k' },
      { 'process.name': 'sshd-session', message: 'broken pipe' },
      true,
    ],
    [
      'web',
      { category: 'webserver' },
      one('cs-uri-query|contains', 'x='),
      { 'event.category': ['web'], 'url.original': '/a?x=1' },
      true,
    ],
    [
      'fenghuo',
      { product: 'fenghuo', service: 'loss' },
      one('fenghuo.loss.count|gt', 1),
      { 'event.dataset': 'fenghuo.loss', 'fenghuo.loss.count': 2 },
      true,
    ],
    [
      'an unknown product',
      { product: 'acme', service: 'audit' },
      one('a', 1),
      { 'event.dataset': 'acme.audit', a: 1 },
      true,
    ],
    [
      'an unknown product elsewhere',
      { product: 'acme', service: 'audit' },
      one('a', 1),
      { 'event.dataset': 'other.audit', a: 1 },
      false,
    ],
  ] as [string, object, unknown, Fields, boolean][])('%s', (_, logsource, detection, fields, expected) => {
    expect(holds(logsource, detection, fields)).toBe(expected);
  });
});
