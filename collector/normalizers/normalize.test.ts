/** Records of every shape to events: detection, clocks, losses, and what shippers send by default. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import type { Fields } from '#kernel/event.js';
import { testData } from '#test/data.js';
import { decodeEvtx, evtxEvent } from '../decoders/evtx.js';
import { FLATTEN_LIMITS, flatten } from './flatten.js';
import { isPipelineError, normalize } from './normalize.js';
import type { NormalizeContext, RawRecord } from './record.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const context: NormalizeContext = {
  receivedMs: NOW,
  unit: '/cn',
  realm: 'live',
  classification: 2,
  source: 'src_t',
};
const run = (record: RawRecord | string, more: Partial<NormalizeContext> = {}) =>
  normalize(typeof record === 'string' ? { text: record } : record, { ...context, ...more });
const SSHD = 'Failed password for invalid user admin from 192.0.2.1 port 4242 ssh2';
const FAILED = {
  'event.action': 'ssh_login',
  'event.outcome': 'failure',
  'event.dataset': 'system.auth',
  'user.name': 'admin',
  'source.ip': '192.0.2.1',
  'process.name': 'sshd',
  'host.name': 'gov',
  message: SSHD,
};
const LINE = `Nov 22 10:00:00 gov sshd[7]: ${SSHD}`;
const ACCESS = '203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /a?b=1 HTTP/1.1" 404 5 "-" "curl/8"';

it('carries over where the record belongs', () => {
  expect(run({ text: LINE, senderId: 'x', path: '/var/log/auth.log', peer: '10.0.0.9' })).toMatchObject({
    senderId: 'x',
    unit: '/cn',
    realm: 'live',
    classification: 2,
    source: 'src_t',
    timeMs: NOW - 7_200_000,
    fields: {
      ...FAILED,
      'log.file.path': '/var/log/auth.log',
      'log.source.address': '10.0.0.9',
      'event.original': LINE,
    },
  });
});

describe('what shippers send by default', () => {
  const iso = '2026-11-22T11:59:00.000Z';
  it.each<[string, Record<string, unknown>, object]>([
    [
      'Filebeat, a line of a file',
      {
        '@timestamp': iso,
        message: LINE,
        log: { file: { path: '/var/log/auth.log' }, offset: 1 },
        host: { name: 'shipper' },
        agent: { type: 'filebeat' },
      },
      { ...FAILED, 'event.created': iso, 'agent.type': 'filebeat' },
    ],
    [
      'Filebeat, journald',
      {
        '@timestamp': iso,
        message: SSHD,
        'log.syslog': { appname: 'sshd', facility: { code: 4 } },
        host: { hostname: 'gov' },
        process: { pid: 7 },
      },
      FAILED,
    ],
    [
      'rsyslog with program',
      {
        '@timestamp': iso,
        host: 'gov',
        programname: 'sshd',
        facility: 'authpriv',
        severity: 'info',
        message: ` ${SSHD}`,
      },
      { ...FAILED, 'log.syslog.facility.code': 10, 'log.syslog.severity.name': 'Informational' },
    ],
    [
      'rsyslog with a tag',
      { timereported: iso, hostname: 'gov', syslogtag: 'sshd[7]:', msg: SSHD },
      { ...FAILED, 'process.pid': 7 },
    ],
    [
      'Vector, syslog',
      {
        appname: 'sshd',
        facility: 'auth',
        host: 'gov',
        hostname: 'gov',
        message: SSHD,
        procid: 7,
        severity: 'info',
        source_type: 'syslog',
        timestamp: iso,
        version: 1,
      },
      { ...FAILED, 'process.pid': 7 },
    ],
    [
      'Vector, file',
      { file: '/var/log/auth.log', host: 'shipper', message: LINE, source_type: 'file', timestamp: iso },
      FAILED,
    ],
    [
      'Vector, journald',
      { SYSLOG_IDENTIFIER: 'sshd', _PID: '7', PRIORITY: '6', host: 'gov', message: SSHD, timestamp: iso },
      FAILED,
    ],
    [
      'Fluent Bit, syslog parser',
      { '@timestamp': iso, pri: '38', host: 'gov', ident: 'sshd', pid: '7', message: SSHD },
      { ...FAILED, 'process.pid': 7 },
    ],
    ['Fluent Bit, tail', { '@timestamp': iso, log: LINE }, FAILED],
    [
      'Fluent Bit, systemd',
      {
        '@timestamp': iso,
        MESSAGE: SSHD,
        SYSLOG_IDENTIFIER: 'sshd',
        _PID: '7',
        _HOSTNAME: 'gov',
        SYSLOG_FACILITY: '10',
        PRIORITY: '6',
      },
      FAILED,
    ],
    ['Logstash', { '@timestamp': iso, '@version': '1', host: 'shipper', message: `<38>${LINE}` }, FAILED],
    [
      'Filebeat, access log',
      {
        '@timestamp': iso,
        message: ACCESS,
        log: { file: { path: '/var/log/apache2/access.log' } },
        host: { name: 'web' },
      },
      {
        'event.dataset': 'apache.access',
        'http.response.status_code': 404,
        'url.path': '/a',
        'host.name': 'web',
        'event.original': ACCESS,
      },
    ],
    [
      'anything in ECS already',
      {
        '@timestamp': iso,
        event: { dataset: 'my.app', category: ['web'] },
        message: 'hello',
        'user.name': 'x',
      },
      {
        'event.dataset': 'my.app',
        'event.category': 'web',
        message: 'hello',
        'user.name': 'x',
        'event.action': undefined,
      },
    ],
  ])('%s', (_name, value, expected) => {
    const event = run({ value });
    expect(Object.fromEntries(Object.keys(expected).map((path) => [path, event.fields[path]]))).toEqual(
      expected,
    );
    const ownClock = /22\/Nov\/2026:10|Nov 22 10:00/.test(JSON.stringify(value));
    expect(new Date(event.timeMs).toISOString()).toBe(ownClock ? '2026-11-22T10:00:00.000Z' : iso);
    expect(isPipelineError(event)).toBe(false);
  });
});

describe('clocks', () => {
  it.each<[string, RawRecord, string, object]>([
    [
      'none: the receipt',
      { value: { message: 'x' } },
      '2026-11-22T12:00:00.000Z',
      { 'event.created': '2026-11-22T12:00:00.000Z', tags: undefined },
    ],
    [
      '1970',
      { value: { '@timestamp': '1970-01-01T00:00:01Z' } },
      '1970-01-01T00:00:01.000Z',
      { 'event.created': '2026-11-22T12:00:00.000Z', tags: ['clock_unset'] },
    ],
    [
      'in the future',
      { text: '<13>1 2030-01-01T00:00:00Z h a - - - x' },
      '2030-01-01T00:00:00.000Z',
      { 'event.created': '2026-11-22T12:00:00.000Z', tags: ['clock_ahead'] },
    ],
    [
      'a little ahead',
      { value: { '@timestamp': '2026-11-22T12:04:00Z' } },
      '2026-11-22T12:04:00.000Z',
      { 'event.created': undefined, tags: undefined },
    ],
    [
      'unreadable: kept as it was',
      { value: { '@timestamp': 'soon' } },
      '2026-11-22T12:00:00.000Z',
      { '@timestamp': 'soon' },
    ],
    [
      'beside tags of its own',
      { value: { '@timestamp': 0, tags: ['a'] } },
      '1970-01-01T00:00:00.000Z',
      { tags: ['a', 'clock_unset'] },
    ],
  ])('%s', (_name, record, time, fields) => {
    const event = run(record);
    expect(new Date(event.timeMs).toISOString()).toBe(time);
    expect(Object.fromEntries(Object.keys(fields).map((path) => [path, event.fields[path]]))).toEqual(fields);
  });
});

describe('what cannot be read', () => {
  it.each<[string, RawRecord, Partial<NormalizeContext>, string]>([
    ['broken JSON', { text: '{"a":' }, {}, 'the record cannot be decoded: no valid JSON'],
    [
      'JSON that is no object',
      { text: '[1]' },
      { format: 'json' },
      'the record cannot be decoded: JSON, but no object',
    ],
    ['no syslog', { text: 'hello' }, { format: 'syslog' }, 'the record cannot be decoded: no syslog header'],
    [
      'no access log',
      { text: 'hello' },
      { format: 'nginx' },
      'the record cannot be decoded: no access log line',
    ],
    ['a cut line', { text: LINE, cutTo: 10 }, {}, 'the line is longer than 10 bytes'],
    [
      'what a source could not decode',
      { text: 'x', problem: 'reasons' },
      {},
      'the record cannot be decoded: reasons',
    ],
    ['empty XML', { text: '<Event></Event>' }, {}, 'the record cannot be decoded: no event id in the XML'],
  ])('%s is kept as a pipeline_error', (_name, record, more, message) => {
    const event = run(record, more);
    expect(isPipelineError(event)).toBe(true);
    expect(event.fields['error.message']).toContain(message);
    expect(event.fields['event.original']).toBe(record.text);
  });

  it('is not a text that merely begins with a brace', () => {
    expect(run('{worker 3} started').fields).toMatchObject({
      'event.kind': 'event',
      message: '{worker 3} started',
    });
  });

  it('never fails and always gives an event, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.constantFrom('<13>', '{"EventID":1,"Channel":"x"}', '<Event>')),
        fc.anything(),
        (text, value) => {
          const events = [
            run(text),
            run(text + text, { format: 'syslog' }),
            run({ text, value: { Event: { System: value }, winlog: value, message: value } }),
          ];
          for (const event of events) {
            expect(Number.isFinite(event.timeMs)).toBe(true);
            for (const path of Object.keys(event.fields)) {
              const field = event.fields[path];
              expect(
                Array.isArray(field)
                  ? field.length > 0 && field.every((item) => typeof item !== 'object')
                  : typeof field !== 'object' && field !== undefined,
              ).toBe(true);
            }
          }
        },
      ),
    );
  });
});

describe('flattening', () => {
  const flat = (value: Record<string, unknown>): Fields => {
    const fields: Fields = {};
    flatten(value, fields);
    return fields;
  };
  it.each<[string, Record<string, unknown>, object]>([
    ['nests', { a: { b: 1, c: { d: true } } }, { 'a.b': 1, 'a.c.d': true }],
    ['keeps dots', { 'a.b': 1, a: { b: 2 } }, { 'a.b': [1, 2] }],
    [
      'bags',
      { a: [1, [2, 'x']], o: [{ k: 1 }, { k: 2 }, { l: 3 }] },
      { a: [1, 2, 'x'], 'o.k': [1, 2], 'o.l': 3 },
    ],
    ['drops what is nothing', { a: null, b: [], c: {}, d: [null, {}] }, {}],
    ['keeps empty text', { a: '' }, { a: '' }],
  ])('%s', (_name, value, expected) => {
    expect(flat(value)).toEqual(expected);
  });

  it('is harmless with names that mean something to JavaScript', () => {
    const fields = flat(
      JSON.parse(
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":{"__proto__":"x"},"hasOwnProperty":1}',
      ) as Record<string, unknown>,
    );
    expect(Object.keys(fields).sort()).toEqual([
      '__proto__.polluted',
      'a.__proto__',
      'constructor.prototype.polluted',
      'hasOwnProperty',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const scalar = flat(JSON.parse('{"__proto__":"x"}') as Record<string, unknown>);
    expect(JSON.stringify(scalar)).toBe('{"__proto__":"x"}');
  });

  it('is bounded in depth, width and values, and says how much was left out', () => {
    let deep: Record<string, unknown> = { x: 1 };
    for (let n = 0; n < 100; n++) deep = { d: deep };
    const wide = Object.fromEntries(Array.from({ length: FLATTEN_LIMITS.paths + 5 }, (_, n) => [`k${n}`, n]));
    const many = { list: Array.from({ length: FLATTEN_LIMITS.values + 7 }, (_, n) => n) };
    expect([deep, wide, many].map((value) => flatten(value, {}))).toEqual([1, 5, 7]);
    const event = run({ value: wide, text: JSON.stringify(wide) });
    expect(event.fields).toMatchObject({
      'event.kind': 'pipeline_error',
      tags: ['fields_cut'],
      k0: 0,
      'event.original': JSON.stringify(wide),
    });
    expect(event.fields['error.message']).toMatch(/^5 values/);
  });

  it('finds every scalar again, and nothing else', () => {
    const scalars = (value: unknown): unknown[] =>
      typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(scalars)
        : value === null || value === undefined
          ? []
          : [value];
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const found = Object.values(flat(value)).flat();
        expect(found.map(String).sort()).toEqual(scalars(value).map(String).sort());
      }),
    );
  });
});

describe('the client behind forwarders', () => {
  const line = (peer: string, forwarded?: string): string =>
    `${peer} - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"${forwarded === undefined ? '' : ` "${forwarded}"`}`;
  it.each([
    ['no list', line('203.0.113.9'), '203.0.113.9', undefined],
    ['a dash', line('10.0.0.1', '-'), '10.0.0.1', undefined],
    ['our own proxy', line('10.0.0.1', '203.0.113.9'), '203.0.113.9', '203.0.113.9'],
    [
      'a client that claims another address',
      line('10.0.0.1', '8.8.8.8, 203.0.113.9, 10.0.0.2'),
      '203.0.113.9',
      ['8.8.8.8', '203.0.113.9', '10.0.0.2'],
    ],
    ['a foreign peer that claims one', line('198.51.100.1', '8.8.8.8'), '198.51.100.1', '8.8.8.8'],
    ['no addresses', line('10.0.0.1', 'unknown'), '10.0.0.1', undefined],
  ])('%s', (_name, text, source, forwarded) => {
    const { fields } = run(text, { format: 'nginx' });
    expect(fields['source.ip']).toBe(source);
    expect([fields['network.forwarded_ip']].flat()).toEqual([forwarded].flat());
  });
});

const otrf = testData(
  'otrf',
  'atomic',
  'windows',
  'credential_access',
  'host',
  'empire_mimikatz_extract_keys.zip',
);
otrf.when.it("reads every event of a recorded attack in NXLog's shape", () => {
  const text = execFileSync('unzip', ['-p', otrf.path], { maxBuffer: 1 << 28, encoding: 'utf8' });
  const events = text
    .split('\n')
    .filter(Boolean)
    .map((line) => run(line));
  expect(events.length).toBeGreaterThan(10_000);
  expect(
    events.filter(
      (event) =>
        isPipelineError(event) ||
        event.fields['event.module'] !== 'windows' ||
        event.fields['event.code'] === undefined,
    ),
  ).toEqual([]);
  const started = events.filter(
    (event) =>
      event.fields['event.dataset'] === 'windows.sysmon_operational' && event.fields['event.code'] === '1',
  );
  expect(started.length).toBeGreaterThan(5);
  for (const { fields } of started) {
    expect(fields['process.command_line']).toBe(fields['winlog.event_data.CommandLine']);
    expect(fields['process.executable']).toBe(fields['winlog.event_data.Image']);
    expect(fields['event.category']).toEqual(['process']);
  }
});

const regression = testData('sigma', 'regression.tar.xz');
regression.when.it('reads the regression records of Sigma from their JSON', () => {
  const text = execFileSync('tar', ['-xJOf', regression.path, '--wildcards', '*.json'], {
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  const records = text.split(/(?<=\n\})\n?(?=\{)/).map((part) => JSON.parse(part) as Record<string, unknown>);
  expect(records.length).toBeGreaterThan(100);
  for (const value of records) {
    const { fields, timeMs } = run({ value });
    const record = decodeEvtx(evtxEvent(value) as never);
    expect(fields).toMatchObject({
      'event.code': record.code,
      'winlog.channel': record.channel,
      'host.name': record.computer,
      'event.kind': 'event',
    });
    expect(timeMs).toBe(record.timeMs);
    record.data.forEach((value, name) => {
      expect(fields[`winlog.event_data.${name}`]).toEqual(value);
    });
  }
});

const gold = testData('ecs-gold');
gold.when.it('makes an event of every raw record of the gold set', () => {
  let records = 0;
  for (const folder of readdirSync(gold.path, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    for (const name of readdirSync(`${gold.path}/${folder.name}`).filter((file) => file.endsWith('.log')))
      for (const line of readFileSync(`${gold.path}/${folder.name}/${name}`, 'utf8')
        .split('\n')
        .filter(Boolean)) {
        const event = run(line);
        expect(event.fields['event.kind']).toBeDefined();
        expect(Object.keys(event.fields).length).toBeGreaterThan(1);
        records++;
      }
  expect(records).toBeGreaterThan(500);
});

describe('the level of a Windows event, as number and as word', () => {
  const nxlog = { Channel: 'System', EventID: 2027, SourceName: 'MSMQ', Hostname: 'gov' };
  const beat = { winlog: { channel: 'System', event_id: '2027', provider_name: 'MSMQ' } };
  it.each<[string, Record<string, unknown>, string, string]>([
    ['Winlogbeat says the word', { ...beat, log: { level: 'Error' } }, '2', 'error'],
    ['Winlogbeat says information', { ...beat, log: { level: 'information' } }, '4', 'information'],
    ['NXLog says another word', { ...nxlog, Level: 'WARN' }, '3', 'warning'],
    ['a word that Windows does not have', { ...nxlog, Level: 'notice' }, 'notice', 'notice'],
  ])('%s', (_, value, number, word) => {
    const { fields } = run({ value });
    expect([fields['winlog.level'], String(fields['log.level']).toLowerCase()]).toEqual([number, word]);
  });

  it('EVTX says the number', () => {
    const System = {
      Provider: { '#attributes': { Name: 'MSMQ' } },
      EventID: 2027,
      Level: 2,
      Channel: 'System',
    };
    const { fields } = run({ value: { Event: { System } } });
    expect([fields['winlog.level'], fields['log.level']]).toEqual(['2', 'error']);
  });
});
