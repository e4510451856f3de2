import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iso } from '#kernel/clock.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { instantRange } from './instant-range.js';

const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });

describe('a range of instants as a query', () => {
  it.each(['both', 'from', 'to', 'neither'] as const)('holds exactly where the times do: %s', (sides) => {
    fc.assert(
      fc.property(instant, instant, instant, fc.integer({ min: -3, max: 3 }), (a, b, free, nudge) => {
        const from = sides === 'both' || sides === 'from' ? a : undefined;
        const to = sides === 'both' || sides === 'to' ? b : undefined;
        const holds = compilePredicate(
          instantRange(
            'at',
            from === undefined ? undefined : iso(from),
            to === undefined ? undefined : iso(to),
          ),
        );
        for (const ms of [free, a + nudge, b + nudge])
          expect(holds({ at: iso(ms) })).toBe(
            (from === undefined || ms >= from) && (to === undefined || ms < to),
          );
      }),
    );
  });
});
