/** Syslog messages of both standards, and what devices send instead. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSyslog, looksLikeSyslog, type SyslogMessage } from './syslog.js';

const RECEIVED = Date.UTC(2026, 10, 22, 12);
type Expected = Omit<Partial<SyslogMessage>, 'timeMs'> & { time?: string };

const decode = (text: string, receivedMs = RECEIVED, offsetMinutes = 0): Expected => {
  const { timeMs, structuredData, ...rest } = decodeSyslog(text, { receivedMs, offsetMinutes });
  return {
    ...rest,
    ...(structuredData && Object.keys(structuredData).length > 0 && { structuredData }),
    ...(timeMs !== undefined && { time: new Date(timeMs).toISOString() }),
  };
};

describe('RFC 5424', () => {
  const head = { form: 'rfc5424', version: 1 } as const;
  it.each<[string, Expected]>([
    [
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
      {
        ...head,
        priority: 34,
        time: '2003-10-11T22:14:15.003Z',
        hostname: 'mymachine.example.com',
        appname: 'su',
        msgid: 'ID47',
        message: "'su root' failed for lonvick on /dev/pts/8",
      },
    ],
    [
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
      {
        ...head,
        priority: 165,
        time: '2003-08-24T12:14:15.000Z',
        hostname: '192.0.2.1',
        appname: 'myproc',
        procid: '8710',
        message: "%% It's time to make the do-nuts.",
      },
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z h app - ID47 [exampleSDID@32473 iut="3" eventSource="App\\"l\\\\i\\]c"][x@1 a="" a="2"] text',
      {
        ...head,
        priority: 165,
        time: '2003-10-11T22:14:15.003Z',
        hostname: 'h',
        appname: 'app',
        msgid: 'ID47',
        structuredData: {
          'exampleSDID@32473': { iut: '3', eventSource: 'App"l\\i]c' },
          'x@1': { a: '', 'a.2': '2' },
        } as never,
        message: 'text',
      },
    ],
    ['<0>1 - - - - - -', { ...head, priority: 0, message: '' }],
    ['<13>1 - h a - -', { ...head, priority: 13, hostname: 'h', appname: 'a', message: '' }],
    [
      '<13>1 - h a 1 - [broken x="1 text',
      {
        ...head,
        priority: 13,
        hostname: 'h',
        appname: 'a',
        procid: '1',
        message: '[broken x="1 text',
        flaw: 'bad_structured_data',
      },
    ],
    [
      '<13>1 - h a 1 - [__proto__ toString="x"] t',
      {
        ...head,
        priority: 13,
        hostname: 'h',
        appname: 'a',
        procid: '1',
        structuredData: { ['__proto__']: { toString: 'x' } } as never,
        message: 't',
      },
    ],
  ])('%s', (text, expected) => {
    expect(JSON.parse(JSON.stringify(decode(text)))).toEqual(JSON.parse(JSON.stringify(expected)));
  });
});

describe('RFC 3164', () => {
  const head = { form: 'rfc3164' } as const;
  it.each<[string, Expected]>([
    [
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
      {
        ...head,
        priority: 34,
        time: '2026-10-11T22:14:15.000Z',
        hostname: 'mymachine',
        appname: 'su',
        message: "'su root' failed",
      },
    ],
    [
      '<86>Nov  2 01:02:03 h sshd[12]: x',
      {
        ...head,
        priority: 86,
        time: '2026-11-02T01:02:03.000Z',
        hostname: 'h',
        appname: 'sshd',
        procid: '12',
        message: 'x',
      },
    ],
    [
      'Nov 22 01:02:03 h app/sub[a-1]: x',
      {
        ...head,
        time: '2026-11-22T01:02:03.000Z',
        hostname: 'h',
        appname: 'app/sub',
        procid: 'a-1',
        message: 'x',
      },
    ],
    [
      '<13>Nov 22 01:02:03 sshd[12]: no host',
      {
        ...head,
        priority: 13,
        time: '2026-11-22T01:02:03.000Z',
        appname: 'sshd',
        procid: '12',
        message: 'no host',
      },
    ],
    [
      '<13>2026-11-22T01:02:03.5+08:00 h app: x',
      {
        ...head,
        priority: 13,
        time: '2026-11-21T17:02:03.500Z',
        hostname: 'h',
        appname: 'app',
        message: 'x',
      },
    ],
    [
      '<189>Nov 22 2025 01:02:03: %ASA-6-302013: Built',
      {
        ...head,
        priority: 189,
        time: '2025-11-22T01:02:03.000Z',
        appname: '%ASA-6-302013',
        message: 'Built',
      },
    ],
    [
      '<189>Nov 22 01:02:03.123 CET h app: x',
      {
        ...head,
        priority: 189,
        time: '2026-11-22T01:02:03.123Z',
        hostname: 'h',
        appname: 'app',
        message: 'x',
      },
    ],
    [
      '<13>prog[7]: local socket',
      { ...head, priority: 13, appname: 'prog', procid: '7', message: 'local socket', flaw: 'no_header' },
    ],
    ['<13>no header here', { ...head, priority: 13, message: 'no header here', flaw: 'no_header' }],
    [
      '<999>Nov 22 01:02:03 h app: x',
      { ...head, message: '<999>Nov 22 01:02:03 h app: x', flaw: 'bad_priority' },
    ],
    [
      '<13>Feb 30 01:02:03 h app: x',
      { ...head, priority: 13, message: 'Feb 30 01:02:03 h app: x', flaw: 'no_header' },
    ],
    [
      '<13>Nov 22 01:02:03 h free text without a tag',
      {
        ...head,
        priority: 13,
        time: '2026-11-22T01:02:03.000Z',
        hostname: 'h',
        message: 'free text without a tag',
      },
    ],
    ['', { ...head, message: '', flaw: 'no_header' }],
  ])('%s', (text, expected) => {
    expect(decode(text)).toEqual(expected);
  });
});

describe('a clock without year', () => {
  it.each([
    ['new year behind', 'Dec 31 23:59:59', '2027-01-01T00:00:05Z', 0, '2026-12-31T23:59:59.000Z'],
    ['new year ahead', 'Jan  1 00:00:03', '2026-12-31T23:59:58Z', 0, '2027-01-01T00:00:03.000Z'],
    ['a few hours ahead', 'Nov 22 20:00:00', '2026-11-22T12:00:00Z', 0, '2026-11-22T20:00:00.000Z'],
    ['two days ahead is last year', 'Nov 25 12:00:00', '2026-11-22T12:00:00Z', 0, '2025-11-25T12:00:00.000Z'],
    ['a backlog of months', 'Mar  1 00:00:00', '2026-11-22T12:00:00Z', 0, '2026-03-01T00:00:00.000Z'],
    ['29 February', 'Feb 29 10:00:00', '2026-11-22T12:00:00Z', 0, '2024-02-29T10:00:00.000Z'],
    ['in a zone of its own', 'Jan  1 07:59:00', '2026-12-31T23:59:58Z', 480, '2026-12-31T23:59:00.000Z'],
  ])('%s', (_name, clock, received, offset, time) => {
    expect(decode(`<13>${clock} h app: x`, Date.parse(received), offset).time).toBe(time);
  });
});

it('reads anything without failing', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200 }),
      fc.constantFrom('', '<13>', '<13>1 ', '<13>Nov 22 01:02:03 ', '<13>1 - - - - - ['),
      (text, head) => {
        expect(typeof decodeSyslog(head + text, { receivedMs: RECEIVED }).message).toBe('string');
      },
    ),
  );
});

it.each([
  ['<13>x', true],
  ['Nov 22 01:02:03 h x', true],
  ['2026-11-22T01:02:03Z h x', true],
  ['<html>', false],
  ['November', false],
  ['2026-11-22 01:02:03 text', false],
])('tells whether %s looks like syslog', (text, expected) => {
  expect(looksLikeSyslog(text)).toBe(expected);
});
