import { expect, it } from 'vitest';
import { groupByShape, logShape } from './log-shape.js';

it.each([
  ['2026-03-01T12:00:00Z gw-1 link 4 down', '‹time› gw-‹n› link ‹n› down'],
  ['10.0.0.1 -> 192.168.1.20:443 denied', '‹ip› -> ‹ip›:‹n› denied'],
  ['peer fe80::1:2 lost', 'peer ‹ip› lost'],
  ['user "李 明" said \'hi there\'', 'user "…" said \'…\''],
  ['id 550e8400-e29b-41d4-a716-446655440000 sum 9f86d081884c7d65', 'id ‹uuid› sum ‹hex›'],
  ['deadbeefdeadbeef facade', 'deadbeefdeadbeef facade'],
  ['  spaced \t out ', 'spaced out'],
  ['', ''],
])('takes out what changes: %j', (text, shape) => {
  expect(logShape(text)).toBe(shape);
});

it('looks at the beginning alone, and says so', () => {
  expect(logShape('word '.repeat(20))).toBe(`${'word '.repeat(14)}…`);
  expect(logShape('x'.repeat(1_000_000))).toBe(`${'x'.repeat(400)} …`);
  // A quote that is never closed ends with the line.
  expect(logShape('said "and so on')).toBe('said "…"');
});

it('groups by shape, the most frequent first', () => {
  const lines = ['boot', 'port 1 up', 'port 22 up', 'port 3 up', 'boot'];
  expect(groupByShape(lines, (line) => line)).toEqual([
    { shape: 'port ‹n› up', count: 3, first: 'port 1 up' },
    { shape: 'boot', count: 2, first: 'boot' },
  ]);
});
