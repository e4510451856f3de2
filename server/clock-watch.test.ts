/** A clock that is set is told; one that is corrected a little is not. */
import { expect, it } from 'vitest';
import { createEventBus, type PlatformReport } from '#kernel/bus.js';
import { createClockWatch } from './clock-watch.js';
import { createFakeClock } from './testing/fake-clock.js';

const CASES: readonly [why: string, wallMs: number, told: string | undefined][] = [
  ['both run alike', 10_000, undefined],
  ['a correction of a second', 11_000, undefined],
  ['a jump forward', 70_000, 'the clock went forward by 60.0 s, or the machine slept'],
  ['a jump back', -20_500, 'the clock went back by 30.5 s'],
];

it.each(CASES)('%s', (_, wallMs, told) => {
  const bus = createEventBus(() => undefined);
  const heard: PlatformReport[] = [];
  bus.on('platform.reported', (report) => heard.push(report));
  const clock = createFakeClock();
  let monotonic = 5;
  const watch = createClockWatch({ bus, clock, monotonicMs: () => monotonic });
  clock.advance(wallMs);
  monotonic += 10_000;
  expect(watch.check() !== 0).toBe(told !== undefined);
  expect(heard.map(({ state, detail }) => [state, detail])).toEqual(told ? [['clock_jumped', told]] : []);
  // Once: the new time is the time.
  expect(watch.check()).toBe(0);
});
