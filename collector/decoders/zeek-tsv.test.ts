import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { testData } from '#test/data.js';
import { normalize } from '../normalizers/normalize.js';
import { looksLikeEnvelope, recordsIn } from './envelope.js';
import { ZeekTsv } from './zeek-tsv.js';

const HEADER = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tnotice',
  '#open\t2026-11-26-08-00-00',
  '#fields\tts\tuid\tid.orig_p\tmsg\tactions\tttls\tlocal\t__proto__\tsub',
  '#types\ttime\tstring\tport\tstring\tset[enum]\tvector[interval]\tbool\tstring\tstring',
];

function reader(lines: readonly string[] = HEADER): ZeekTsv {
  const zeek = new ZeekTsv();
  for (const line of lines) expect(zeek.read(line)).toBe('header');
  return zeek;
}

describe('Zeek in columns', () => {
  it('reads a row by the header', () => {
    const row = '1795680000.5\tCx\t52100\ta\\x09b \\xe4\\xb8\\xad \\\\x41\tA,B\t1.5,-,2\tT\tx\t(empty)';
    expect(reader().read(row)).toEqual({
      value: {
        ...{ _path: 'notice', ts: 1_795_680_000.5, uid: 'Cx', 'id.orig_p': 52_100, local: true, sub: '' },
        ...{ msg: 'a\tb 中 \\x41', actions: ['A', 'B'], ttls: [1.5, 2] },
      },
    });
  });

  it('leaves out what is unset, and knows an empty set', () => {
    expect(reader().read('1\t-\t-\t-\t(empty)\t-\tF\t-\t-')).toEqual({
      value: { _path: 'notice', ts: 1, actions: [], local: false },
    });
  });

  it('says what is wrong with a row', () => {
    expect(reader().read('1\t2')).toEqual({
      problem: "a row of 2 columns, where the header of Zeek's log names 9",
    });
    expect(reader(HEADER.slice(0, 4)).read('1\t2')).toEqual({
      problem: 'no `#fields` header before the line',
    });
  });

  it('takes a second header as a new log, and another separator', () => {
    const zeek = reader();
    for (const line of ['#separator |', '#path|weird', '#fields|ts|name', '#types|time|string', '#close|x'])
      expect(zeek.read(line)).toBe('header');
    expect(zeek.read('5|bad\\x7cname')).toEqual({ value: { _path: 'weird', ts: 5, name: 'bad|name' } });
  });

  it('leaves the lines of other logs alone', () => {
    const zeek = new ZeekTsv();
    for (const line of ['# a comment', '#fields\ta', 'a\tb', '']) expect(zeek.read(line)).toBeUndefined();
  });
});

const range = testData('zeek-range');
range.when.describe('the range recordings', () => {
  it.each(['dns', 'notice', 'ssh'])('says of %s in columns what it says of it in JSON', (name) => {
    const lines = (file: string) =>
      gunzipSync(readFileSync(join(range.path, file)))
        .toString()
        .trimEnd()
        .split('\n');
    const context = { receivedMs: 0, unit: ROOT_UNIT, realm: LIVE, classification: 1, source: 's' } as const;
    const ecs = (value: Readonly<Record<string, unknown>>) => {
      // Zeek's JSON writer adds fields of its own, writes fractions with more digits, and cuts clocks to less.
      const { timeMs, fields } = normalize({ value }, context);
      const said = Object.entries(fields).filter(([field]) => !/^(?:zeek\.|event\.duration)/.test(field));
      return { timeMs, said: JSON.stringify(said) };
    };
    const zeek = new ZeekTsv();
    const rows = lines(`${name}.log.gz`).flatMap((line) => {
      const row = zeek.read(line);
      return typeof row === 'object' && 'value' in row ? [ecs(row.value)] : [];
    });
    const objects = lines(`${name}.json.gz`).map((line) => ecs(JSON.parse(line) as Record<string, unknown>));
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(({ said }) => said).join('\n') === objects.map(({ said }) => said).join('\n')).toBe(true);
    expect(rows.findIndex(({ timeMs }, at) => Math.abs(timeMs - (objects[at]?.timeMs ?? 0)) > 1)).toBe(-1);
  });
});

describe('envelopes', () => {
  const two = [{ a: 1 }, { b: 2 }];
  it.each([
    ['CloudTrail', { Records: two }],
    ['Azure', { records: two }],
    ['Kubernetes', { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: two }],
  ])('opens one of %s', (_name, value) => {
    expect(recordsIn(value)).toEqual(two);
    expect(looksLikeEnvelope(JSON.stringify(value))).toBe(true);
  });

  it.each([
    [{ Records: two, user: 'x' }],
    [{ Records: [1] }],
    [{ kind: 'List', items: two }],
    [two],
    ['text'],
    [null],
  ])('leaves %j alone', (value) => {
    expect(recordsIn(value)).toBeUndefined();
  });
});
