import { expect, it } from 'vitest';
import { formatLatency } from './latency.js';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [2449, '2.4 s'],
  [59_400, '59 s'],
  [180_000, '3 minutes'],
  [-1500, '−1.5 s'],
  [-7_200_000, '−2 hours'],
])('writes %d ms', (ms, text) => {
  expect(formatLatency(ms, 'en')).toBe(text);
});
