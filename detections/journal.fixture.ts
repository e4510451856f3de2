/** A journal in memory for the engine's tests: frames are put in whole, and some can be made unreadable. */
import type { Event, Frame } from '#kernel/event.js';
import type { Journal } from '#kernel/ports/journal.js';
import { testFrame } from './judging.fixture.js';

export interface TestJournal extends Journal {
  /** Appends a frame of these events. */
  put(...events: readonly Event[]): void;
  readonly unreadable: Set<number>;
  readonly released: Map<string, number>;
}

export function createTestJournal(): TestJournal {
  const frames: Frame[] = [];
  const unreadable = new Set<number>();
  const released = new Map<string, number>();
  const wakers = new Set<() => void>();
  return {
    unreadable,
    released,
    put(...events) {
      frames.push(testFrame(frames.length + 1, events));
      for (const wake of [...wakers]) wake();
    },
    state: () => ({
      id: 'jrn_1',
      frame: frames.length,
      seq: frames.at(-1)?.events.at(-1)?.seq ?? 0,
      oldestFrame: 1,
      bytes: 0,
    }),
    append: () => Promise.reject(new Error('use put')),
    async *follow(fromFrame, signal) {
      let next = fromFrame;
      while (!signal.aborted) {
        const frame = frames[next - 1];
        if (frame === undefined) {
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              wakers.delete(wake);
              resolve();
            };
            wakers.add(wake);
            signal.addEventListener('abort', wake, { once: true });
          });
          continue;
        }
        next++;
        if (!unreadable.has(frame.number)) yield frame;
      }
    },
    read: (number) => Promise.resolve(unreadable.has(number) ? undefined : frames[number - 1]),
    release: (reader, through) => {
      released.set(reader, through);
      return Promise.resolve();
    },
    register: (reader, through) => void released.set(reader, through),
    close: () => Promise.resolve(),
  };
}
