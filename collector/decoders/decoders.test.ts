/** Clocks, access logs, journald and Windows records. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeAccessLog, unescapeLog } from './access-log.js';
import { decodeEventXml } from './event-xml.js';
import { decodeEvtx, evtxEvent, isEvtxFile } from './evtx.js';
import { decodeJournald, isJournaldEntry } from './journald.js';
import { decodeJsonLine, looksLikeJson } from './json-line.js';
import { decodeFlatWindowsEvent, isFlatWindowsEvent } from './nxlog.js';
import { clockToMs } from './timestamp.js';
import { decodeUtf8 } from './utf8.js';
import type { WindowsDatum, WindowsRecord } from './windows-record.js';

describe('clocks', () => {
  it.each<[unknown, string | undefined]>([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22 10:00:00', '2026-11-22T02:00:00.000Z'],
    ['2026-11-22T10:00:00,5', '2026-11-22T02:00:00.500Z'],
    ['2026-11-22T10:00:00.123456789+01:00', '2026-11-22T09:00:00.123Z'],
    ['2019-07-18T03:34:02.0252239000Z', '2019-07-18T03:34:02.025Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2023-02-29T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    [1_795_000_000, '2026-11-18T11:06:40.000Z'],
    [1_795_000_000_123, '2026-11-18T11:06:40.123Z'],
    ['1795000000123456', '2026-11-18T11:06:40.123Z'],
    [1_764_228_142.0339, '2025-11-27T07:22:22.033Z'],
    [Number.NaN, undefined],
    [1e300, undefined],
    ['yesterday', undefined],
    [null, undefined],
    [{}, undefined],
  ])('%j', (value, expected) => {
    const ms = clockToMs(value, 480);
    expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(expected);
  });
});

describe('access logs', () => {
  const at = '[22/Nov/2026:18:00:00 +0800]';
  it.each<[string, string, object | undefined]>([
    [
      'common',
      `192.0.2.1 - alice ${at} "GET /a?b=c HTTP/1.1" 200 12`,
      {
        remote: '192.0.2.1',
        user: 'alice',
        method: 'GET',
        target: '/a?b=c',
        httpVersion: '1.1',
        status: 200,
        bytes: 12,
        extra: [],
      },
    ],
    [
      'combined',
      `2001:db8::1 - - ${at} "POST / HTTP/2.0" 404 - "http://r/" "curl/8"`,
      { remote: '2001:db8::1', status: 404, dashBytes: true, referrer: 'http://r/', userAgent: 'curl/8' },
    ],
    [
      'a vhost before it',
      `www.example.com:80 192.0.2.1 - - ${at} "GET / HTTP/1.1" 200 1 "-" "-"`,
      { vhost: 'www.example.com:80', remote: '192.0.2.1' },
    ],
    [
      'a user with a blank',
      `192.0.2.1 - two words ${at} "GET / HTTP/1.1" 401 1`,
      { remote: '192.0.2.1', user: 'two words' },
    ],
    [
      'a list of forwarders',
      `203.0.113.9, 10.0.0.2 - - ${at} "GET / HTTP/1.1" 200 1`,
      { remote: '10.0.0.2', remoteList: ['203.0.113.9', '10.0.0.2'] },
    ],
    [
      'nginx escapes',
      `192.0.2.1 - - ${at} "GET /\\x22\\xE4\\xB8\\xAD HTTP/1.1" 200 1 "-" "a \\x22b\\x22"`,
      { target: '/"中', userAgent: 'a "b"' },
    ],
    [
      'Apache escapes',
      `192.0.2.1 - - ${at} "GET /\\"q\\" HTTP/1.1" 200 1 "-" "a \\\\ \\"b\\""`,
      { target: '/"q"', userAgent: 'a \\ "b"' },
    ],
    [
      'further fields',
      `10.0.0.1 - - ${at} "GET / HTTP/1.1" 200 1 "-" "ua" "203.0.113.9" 0.003`,
      { extra: ['203.0.113.9', '0.003'] },
    ],
    [
      'TLS on a plain port',
      `192.0.2.1 - - ${at} "\\x16\\x03\\x01" 400 150 "-" "-"`,
      { request: '\u0016\u0003\u0001', status: 400 },
    ],
    ['an empty request', `192.0.2.1 - - ${at} "-" 408 0 "-" "-"`, { request: '-', status: 408 }],
    ['a target with blanks', `192.0.2.1 - - ${at} "GET /a b HTTP/1.1" 400 1`, { target: '/a b' }],
    ['no time', '192.0.2.1 - - "GET / HTTP/1.1" 200 1', undefined],
    ['no such day', '192.0.2.1 - - [31/Feb/2026:18:00:00 +0800] "GET / HTTP/1.1" 200 1', undefined],
    ['no status', `192.0.2.1 - - ${at} "GET / HTTP/1.1"`, undefined],
    ['an open quote', `192.0.2.1 - - ${at} "GET / HTTP/1.1 200 1`, undefined],
    ['no peer', `${at} "GET / HTTP/1.1" 200 1`, undefined],
  ])('%s', (_name, line, expected) => {
    const record = decodeAccessLog(line);
    if (expected === undefined) expect(record).toBeUndefined();
    else expect(record).toMatchObject({ timeMs: Date.UTC(2026, 10, 22, 10), ...expected });
  });

  it('leaves broken escapes as they are', () => {
    expect(unescapeLog('a\\x2 \\q \\x41')).toBe('a\\x2 \\q A');
  });
});

it('decodes bytes, and says when they were no UTF-8', () => {
  expect(decodeUtf8(Buffer.from('\ufeff中文'))).toEqual({ text: '中文', invalidUtf8: false });
  expect(decodeUtf8(Buffer.from([0x61, 0xff, 0x62]))).toEqual({ text: 'a\ufffdb', invalidUtf8: true });
});

it.each([
  ['{"a":1}', true, 'object'],
  ['  {"a":', true, 'no valid JSON'],
  ['[1]', false, 'JSON, but no object'],
  ['null', false, 'JSON, but no object'],
  ['text', false, 'no valid JSON'],
])('reads %s as a line of JSON', (text, looks, outcome) => {
  const decoded = decodeJsonLine(text);
  expect(looksLikeJson(text)).toBe(looks);
  if (decoded.ok) expect(outcome).toBe('object');
  else expect(decoded.reason).toContain(outcome);
});

describe('journald', () => {
  it('turns byte arrays and repeated fields into text', () => {
    const entry = {
      __CURSOR: 's=1',
      __REALTIME_TIMESTAMP: '1795000000123456',
      MESSAGE: [0xe4, 0xb8, 0xad, 0xff],
      CODE: ['a', 'b'],
      BIG: null,
      _PID: '7',
      N: [[65], [66]],
    };
    expect(isJournaldEntry(entry)).toBe(true);
    const { fields, ...rest } = decodeJournald(entry);
    expect(rest).toEqual({ timeMs: 1_795_000_000_123, cursor: 's=1', flawed: ['MESSAGE', 'BIG'] });
    expect({ ...fields }).toEqual({ MESSAGE: '中\ufffd', CODE: ['a', 'b'], _PID: '7', N: ['A', 'B'] });
  });

  it('is not what merely has a message', () => {
    expect(isJournaldEntry({ MESSAGE: 'x' })).toBe(false);
  });
});

function dataOf({ data }: WindowsRecord): Record<string, WindowsDatum> {
  const all: Record<string, WindowsDatum> = {};
  data.forEach((datum, name) => (all[name] = datum));
  return all;
}

describe('Windows events', () => {
  const common = {
    code: '4624',
    channel: 'Security',
    provider: 'Microsoft-Windows-Security-Auditing',
    computer: 'pc',
    recordId: '9',
    timeMs: Date.UTC(2026, 10, 22, 10),
    processId: 4,
    threadId: 5,
    level: '0',
  };
  const shapes: Record<string, () => object | undefined> = {
    winevtx: () =>
      decodeEvtx(
        evtxEvent({
          event: {
            Event: {
              System: {
                Provider: { Name: common.provider, Guid: 'X' },
                EventID: { Value: 4624 },
                Level: 0,
                Keywords: '9232379236109516800',
                TimeCreated: { SystemTime: common.timeMs / 1000 },
                EventRecordID: 9,
                Execution: { ProcessID: 4, ThreadID: 5 },
                Channel: 'Security',
                Computer: 'pc',
                Correlation: {},
              },
              EventData: { TargetUserName: 'alice', TargetLogonId: 999, LogonType: 3, Status: 0 },
            },
          },
        }) as never,
      ),
    evtx_dump: () =>
      decodeEvtx(
        evtxEvent({
          Event: {
            '#attributes': { xmlns: 'x' },
            System: {
              Provider: { '#attributes': { Name: common.provider, Guid: 'X' } },
              EventID: { '#attributes': { Qualifiers: 0 }, '#text': 4624 },
              Level: 0,
              Keywords: '0x8020000000000000',
              TimeCreated: { '#attributes': { SystemTime: '2026-11-22T10:00:00.000000Z' } },
              EventRecordID: 9,
              Execution: { '#attributes': { ProcessID: 4, ThreadID: 5 } },
              Channel: 'Security',
              Computer: 'pc',
              Correlation: null,
            },
            EventData: { TargetUserName: 'alice', TargetLogonId: '0x3e7', LogonType: 3, Status: '0x0' },
          },
        }) as never,
      ),
    NXLog: () => {
      const value = {
        EventID: 4624,
        Channel: 'Security',
        SourceName: common.provider,
        Hostname: 'pc',
        RecordNumber: 9,
        EventTime: '2026-11-22 18:00:00',
        ExecutionProcessID: 4,
        ThreadID: 5,
        Level: '0',
        Keywords: -9214364837600034816,
        TargetUserName: 'alice',
        TargetLogonId: '0x3e7',
        LogonType: '3',
        Status: '0x0',
        EventType: 'AUDIT_SUCCESS',
        ProviderGuid: 'X',
      };
      expect(isFlatWindowsEvent(value)).toBe(true);
      const record = decodeFlatWindowsEvent(value, 480);
      expect(record.shipper).toEqual({ EventType: 'AUDIT_SUCCESS', EventTime: '2026-11-22 18:00:00' });
      return record;
    },
    XML: () =>
      decodeEventXml(
        `<Event xmlns='x'><System><Provider Name='${common.provider}' Guid='X'/><EventID Qualifiers='0'>4624</EventID><Level>0</Level><Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2026-11-22T10:00:00.000000000Z'/><EventRecordID>9</EventRecordID><Correlation/><Execution ProcessID='4' ThreadID='5'/><Channel>Security</Channel><Computer>pc</Computer></System><EventData><Data Name='TargetUserName'>alice</Data><Data Name="TargetLogonId">0x3e7</Data><Data Name='LogonType'>3</Data><Data Name='Status'>0x0</Data></EventData></Event>`,
      ),
  };
  it.each(Object.keys(shapes))('come to one form from %s', (name) => {
    const record = shapes[name]?.() as WindowsRecord;
    expect(record).toMatchObject({ ...common, providerGuid: 'X' });
    expect(dataOf(record)).toEqual({
      TargetUserName: 'alice',
      TargetLogonId: '0x3e7',
      LogonType: '3',
      Status: '0x0',
    });
  });

  it.each<[string, object, object]>([
    ['a list', { Data: ['a', 'b'] }, { Data: ['a', 'b'], param1: 'a', param2: 'b' }],
    ['a text', { Data: 'a' }, { Data: ['a'], param1: 'a' }],
    ['evtx_dump', { Data: { '#text': ['a', 'b'] } }, { Data: ['a', 'b'], param1: 'a', param2: 'b' }],
    [
      'named elements',
      { Data: [{ '#attributes': { Name: 'A' }, '#text': 'a' }, { '#attributes': { Name: 'B' } }] },
      { A: 'a', B: '' },
    ],
    ['a hostile name', { ['constructor']: 'x' }, { ['constructor']: 'x' }],
  ])('keep unnamed and named data of %s', (_name, data, expected) => {
    const event = evtxEvent({ Event: { System: { EventID: 400 }, EventData: data } });
    expect(dataOf(decodeEvtx(event as never))).toEqual(expected);
  });

  it('take the leaves of UserData', () => {
    const event = evtxEvent({
      Event: {
        System: { EventID: 1102 },
        UserData: { LogFileCleared: { '#attributes': { xmlns: 'x' }, SubjectUserName: 'alice' } },
      },
    });
    expect(decodeEvtx(event as never)).toMatchObject({
      data: new Map([['SubjectUserName', 'alice']]),
      userData: new Map([['SubjectUserName', 'alice']]),
    });
  });

  it("keep Sysmon's own EventType, and decode entities", () => {
    expect(
      decodeFlatWindowsEvent({ EventID: 13, Channel: 'x', EventType: 'SetValue' }).data.get('EventType'),
    ).toBe('SetValue');
    expect(
      decodeEventXml(
        '<Event><System><EventID>1</EventID></System><Data Name="A">&lt;&#x41;&amp;&bogus;</Data></Event>',
      )?.data.get('A'),
    ).toBe('<A&&bogus;');
    expect(decodeEventXml('<Event></Event>')).toBeUndefined();
  });

  it('are told from other JSON and other files', () => {
    expect(isFlatWindowsEvent({ EventID: 'login', Channel: 'x' })).toBe(false);
    expect(isFlatWindowsEvent({ EventID: 1 })).toBe(false);
    expect(evtxEvent({ Event: 'x' })).toBeUndefined();
    const unprintable = { EventID: 1, Channel: 'x', EventType: { toString: 1, valueOf: 1 } };
    expect(decodeFlatWindowsEvent(unprintable).shipper).toEqual({ EventType: { toString: 1, valueOf: 1 } });
    expect(isEvtxFile(readFileSync(import.meta.filename))).toBe(false);
  });
});
