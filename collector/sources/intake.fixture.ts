/** An intake in memory for the sources' tests: keeps what it accepts, knows senders' identifiers, refuses when told to. */
import type { Fault } from '#kernel/errors.js';
import type { NewEvent } from '#kernel/event.js';
import type { Accepted, Intake } from '#kernel/ports/journal.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Placement } from './placement.js';
import type { PositionStore } from './position.js';

export class MemoryIntake implements Intake {
  readonly events: NewEvent[] = [];
  readonly batches: number[] = [];
  /** Refuses everything while set. */
  refusal: Fault | undefined;
  refused = 0;
  readonly #ids = new Map<string, string>();
  #waiters: { count: number; resolve: () => void }[] = [];

  append(events: readonly NewEvent[]): Promise<Result<readonly Accepted[]>> {
    if (this.refusal) {
      this.refused++;
      return Promise.resolve(fail(this.refusal));
    }
    this.batches.push(events.length);
    const accepted = events.map((event): Accepted => {
      const known = event.senderId === undefined ? undefined : this.#ids.get(event.senderId);
      if (known !== undefined) return { id: known, duplicate: true, seq: 0 };
      this.events.push(event);
      const id = `evt_${this.events.length}`;
      if (event.senderId !== undefined) this.#ids.set(event.senderId, id);
      return { id, duplicate: false, seq: this.events.length };
    });
    this.#waiters = this.#waiters.filter(({ count, resolve }) => {
      if (this.events.length >= count) resolve();
      return this.events.length < count;
    });
    return Promise.resolve(ok(accepted));
  }

  /** Resolves when at least so many events have been accepted, and the source has heard of it. */
  async until(count: number): Promise<void> {
    if (this.events.length < count)
      await new Promise<void>((resolve) => this.#waiters.push({ count, resolve }));
    await new Promise(setImmediate);
  }

  get messages(): unknown[] {
    return this.events.map((event) => event.fields['message']);
  }
}

export class MemoryPositions implements PositionStore {
  readonly saved = new Map<string, string>();

  load(source: string): Promise<string | undefined> {
    return Promise.resolve(this.saved.get(source));
  }

  save(source: string, position: string): Promise<void> {
    this.saved.set(source, position);
    return Promise.resolve();
  }
}

export const placement: Placement = { source: 'src_test', unit: '/cn/gd', realm: 'live', classification: 1 };
