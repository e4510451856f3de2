import { describe, expect, it } from 'vitest';
import { markPieces, visibleSegments } from './hostile.js';
import { formatBytes, formatShare } from './numbers.js';
import {
  formatAgo,
  formatFull,
  formatLeft,
  formatShort,
  fromLocalInput,
  spanOf,
  toLocalInput,
  zoneLabel,
} from './times.js';

const at = Date.UTC(2026, 10, 22, 6, 26, 8, 120);

describe('times', () => {
  it('tells what is left in whole days and a clock of fixed width', () => {
    expect(formatLeft(90_061_999)).toEqual({ days: 1, clock: '01:01:01' });
    expect(formatLeft(59_999)).toEqual({ days: 0, clock: '00:00:59' });
    expect(formatLeft(-5)).toEqual({ days: 0, clock: '00:00:00' });
  });
  const labels: Record<string, string> = {
    'Asia/Shanghai': 'UTC+8',
    UTC: 'UTC',
    'Asia/Kolkata': 'UTC+5:30',
    'America/St_Johns': 'UTC−3:30',
  };
  for (const [zone, label] of Object.entries(labels))
    it(`${zone} is ${label}`, () => expect(zoneLabel(at, zone)).toBe(label));

  it('says the day only where it is not today, in the zone of the viewer', () => {
    expect(formatShort(at, at, 'Asia/Shanghai')).toBe('14:26:08');
    // 17:00 UTC is already the next day in Shanghai.
    expect(formatShort(at, Date.UTC(2026, 10, 22, 17), 'Asia/Shanghai')).toBe('11-22 14:26:08');
    expect(formatShort(at, Date.UTC(2026, 10, 22, 17), 'UTC')).toBe('06:26:08');
    expect(formatShort(at, Date.UTC(2027, 1, 1), 'UTC')).toBe('2026-11-22 06:26:08');
  });
  it('says the zone in full', () =>
    expect(formatFull(at, 'Asia/Shanghai')).toBe('2026-11-22 14:26:08.120 UTC+8'));

  for (const zone of ['Asia/Shanghai', 'UTC', 'America/New_York', 'Europe/Berlin']) {
    it(`reads back what it wrote into a field (${zone})`, () => {
      const second = Math.floor(at / 1000) * 1000;
      expect(fromLocalInput(toLocalInput(second, zone), zone)).toBe(second);
    });
  }
  it('does not read nonsense', () => expect(fromLocalInput('yesterday', 'UTC')).toBeUndefined());

  const spans: [number, ReturnType<typeof spanOf>][] = [
    [0, { value: 0, unit: 'second' }],
    [59_999, { value: 59, unit: 'second' }],
    [135_000, { value: 2, unit: 'minute' }],
    [7_560_000, { value: 2, unit: 'hour' }],
    [172_800_000, { value: 2, unit: 'day' }],
    [-5, { value: 0, unit: 'second' }],
  ];
  for (const [ms, span] of spans) it(`${ms} ms`, () => expect(spanOf(ms)).toEqual(span));
  it('counts back in words', () => {
    expect(formatAgo(at - 120_000, at, 'en')).toBe('2 minutes ago');
    expect(formatAgo(at + 3000, at, 'en')).toBe('now');
    expect(formatAgo(at + 3_600_000, at, 'en')).toBe('in 1 hour');
  });
});

describe('numbers', () => {
  const sizes: Record<number, string> = {
    0: '0 B',
    999: '999 B',
    1240: '1.24 kB',
    53e9: '53.0 GB',
    912e6: '912 MB',
  };
  for (const [bytes, text] of Object.entries(sizes))
    it(text, () => expect(formatBytes(Number(bytes), 'en')).toBe(text));
  it('never shows something as nothing', () => {
    expect(formatShare(0.0004, 'en')).toBe('< 1 %');
    expect(formatShare(0, 'en')).toBe('0 %');
  });
});

describe('hostile text', () => {
  const shown = (text: string, oneLine = false) =>
    visibleSegments(text, oneLine)
      .map((segment) => (segment.kind === 'control' ? `[${segment.text}]` : segment.text))
      .join('');
  const cases: Record<string, [string, string]> = {
    'plain text stays': ['rôot 管理员 🙂', 'rôot 管理员 🙂'],
    'escape sequences show': ['\u001b[31mred', '[^[][31mred'],
    'NUL and DEL show': ['a\u0000b\u007f', 'a[^@]b[^?]'],
    'direction overrides show': ['exe.\u202Efdp', 'exe.[U+202E]fdp'],
    'isolates show': ['\u2066x\u2069', '[U+2066]x[U+2069]'],
    'zero-width characters show': ['ad\u200bmin\ufeff', 'ad[U+200B]min[U+FEFF]'],
    'tag characters show': ['x\u{e0041}', 'x[U+E0041]'],
    'a carriage return shows': ['a\r\nb', 'a[^M]\nb'],
    'lone surrogates show': ['a\ud800b', 'a[U+D800]b'],
    'markup is text': ['<img src=x>', '<img src=x>'],
  };
  for (const [name, [text, expected]] of Object.entries(cases))
    it(name, () => expect(shown(text)).toBe(expected));
  it('marks line feeds where there is one line', () => expect(shown('a\nb', true)).toBe('a[^J]b'));

  it('marks all needles, the longest first, and takes them literally', () => {
    expect(markPieces('from 10.0.0.1 (x) 10x0', ['10.0.0.1', '10', '(x)'])).toEqual([
      { text: 'from ', hit: false },
      { text: '10.0.0.1', hit: true },
      { text: ' ', hit: false },
      { text: '(x)', hit: true },
      { text: ' ', hit: false },
      { text: '10', hit: true },
      { text: 'x0', hit: false },
    ]);
    expect(markPieces('aaa', ['a'])).toEqual([{ text: 'aaa', hit: false }]);
    expect(markPieces('', ['ab'])).toEqual([]);
  });
});

it('marks with needles of any length and number', () => {
  const huge = 'A'.repeat(1_000_000);
  expect(
    markPieces(`x${huge}`, [huge, ...Array.from({ length: 500 }, (_, n) => `needle ${n} ${huge}`)])[1],
  ).toEqual({
    text: 'A'.repeat(1_000),
    hit: true,
  });
});
