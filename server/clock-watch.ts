/** Notices when the wall clock was set, or the machine slept: event times and silences mean something else then. */
import type { EventBus } from '#kernel/bus.js';
import type { Clock } from '#kernel/clock.js';

/** Corrections of a time service below this are daily life. */
const TOLERANCE_MS = 2_000;

export interface ClockWatch {
  /** By how much the wall clock ran away from the monotonic one since the last check, milliseconds; 0: within tolerance. */
  check(): number;
}

export interface ClockWatchOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  /** Milliseconds that never jump, from anywhere. */
  readonly monotonicMs: () => number;
}

/** Tells `clock_jumped` for every jump. */
export function createClockWatch({ bus, clock, monotonicMs }: ClockWatchOptions): ClockWatch {
  const aheadMs = (): number => clock.nowMs() - monotonicMs();
  let before = aheadMs();
  return {
    check() {
      const now = aheadMs();
      const jumpMs = now - before;
      before = now;
      if (Math.abs(jumpMs) <= TOLERANCE_MS) return 0;
      bus.emit('platform.reported', {
        state: 'clock_jumped',
        detail: `the clock went ${jumpMs > 0 ? 'forward' : 'back'} by ${(Math.abs(jumpMs) / 1000).toFixed(1)} s${jumpMs > 0 ? ', or the machine slept' : ''}`,
        severity: 'medium',
      });
      return jumpMs;
    },
  };
}
