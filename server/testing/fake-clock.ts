/** A clock that stands until it is moved. */
import type { Clock } from '#kernel/clock.js';

export interface FakeClock extends Clock {
  advance(ms: number): void;
}

export function createFakeClock(startMs = Date.UTC(2026, 10, 22, 8)): FakeClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}
