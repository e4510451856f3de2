import { describe, expect, it } from 'vitest';
import { parseInstant } from './time.js';

const NOW = Date.UTC(2026, 10, 22, 8);
const good: Record<string, number> = {
  now: NOW,
  'now-15m': NOW - 900_000,
  'now+1d': NOW + 86_400_000,
  'now-2w': NOW - 14 * 86_400_000,
  '2026-11-22T08:00:00Z': NOW,
  '2026-11-22T16:00:00+08:00': NOW,
  '2026-11-22T08:00:00': NOW,
  '2026-11-22': Date.UTC(2026, 10, 22),
  '1795334400000': 1_795_334_400_000,
};

describe('instants of the API', () => {
  it.each(Object.entries(good))('%s', (text, expected) =>
    expect(parseInstant(text, 'from', NOW)).toEqual({ ok: true, value: expected }),
  );
  it.each(['', 'yesterday', 'now-', 'now-1y', '2026-13-01', '2026-02-30T99:00:00Z', 'now-9999999w', '12'])(
    'refuses `%s`',
    (text) => {
      const result = parseInstant(text, 'from', NOW);
      expect(result.ok ? result.value : result.fault.errors?.[0]?.at).toBe('/from');
    },
  );
});
