/** Follows the journal and puts its frames into the event store, in order, however often the store has to be asked. */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { EventBus } from '#kernel/bus.js';
import type { Clock } from '#kernel/clock.js';
import { fault, FaultError, sentenceOf, type Fault } from '#kernel/errors.js';
import type { Frame } from '#kernel/event.js';
import type { EventStore, StagedFrame } from '#kernel/ports/event-store.js';
import type { Journal } from '#kernel/ports/journal.js';

export interface StoreWriterOptions {
  readonly journal: Journal;
  readonly store: EventStore;
  readonly clock: Clock;
  /** Hears `frame.stored`, `loss.counted` (`frame_unstored`), `platform.reported` (`store_failing`, `store_working`). */
  readonly bus: EventBus;
  /** Frames are stored together up to about so many events. Default 10,000. */
  readonly batchEvents?: number;
  /**
   * … and about so many bytes where the store stages, a larger frame aside. A batch that the store has no memory for would
   * be asked again for ever, with everything behind it. Default 32 MiB.
   */
  readonly batchBytes?: number;
  /** After a batch, the next one gathers for this long unless it is full before; the first after a rest goes at once. Default 500 ms. */
  readonly gatherMs?: number;
  /** Pause after a failed append: doubled with each failure from the first to the greatest. Default 250 ms to 30 s. */
  readonly retryFirstMs?: number;
  readonly retryMostMs?: number;
  /** Waits; ends early with the signal. Tests put their own in. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface StoreWriterState {
  /** Last frame known to be in the store. */
  readonly storedThrough: number;
  /** Frames accepted and not yet stored. */
  readonly lagFrames: number;
  /** Why the last append failed; absent once one has worked again. */
  readonly problem?: Fault;
}

export interface StoreWriter {
  state(): StoreWriterState;
  /** Ends after the append under way; what is not stored stays in the journal. */
  close(): Promise<void>;
}

const READER = 'store';
/** Events that are staged before the event loop gets its turn. */
const EVENTS_PER_TURN = 1_000;

/** What is to be stored together: staged where the store does that, else as they are. */
class Batch {
  readonly #store: EventStore;
  readonly #frames: Frame[] = [];
  readonly #staged: StagedFrame[] = [];
  events = 0;
  bytes = 0;

  constructor(store: EventStore) {
    this.#store = store;
  }

  add(frame: Frame): void {
    this.events += frame.events.length;
    const { staging } = this.#store;
    if (!staging) {
      this.#frames.push(frame);
      return;
    }
    const staged = staging.stage(frame);
    this.bytes += staged.bytes;
    this.#staged.push(staged);
  }

  async append(): Promise<void> {
    const { staging } = this.#store;
    if (staging) await staging.append(this.#staged);
    else await this.#store.append(this.#frames);
  }

  /** Journal, number, first sequence and number of events of each, in order. */
  get frames(): readonly StagedFrame[] {
    if (this.#store.staging) return this.#staged;
    return this.#frames.map((frame) => ({ ...frame, events: frame.events.length, bytes: 0 }));
  }

  /** Number of the last frame; undefined for none. */
  get last(): number | undefined {
    return this.#staged.at(-1)?.number ?? this.#frames.at(-1)?.number;
  }
}

/** Asks the store how far it has come and goes on from there. Throws only where the store cannot be asked. */
export async function startStoreWriter(options: StoreWriterOptions): Promise<StoreWriter> {
  const { journal } = options;
  const storedThrough = await options.store.highWater(journal.state().id);
  journal.register(READER, storedThrough);
  return new FollowingStoreWriter(options, storedThrough);
}

class FollowingStoreWriter implements StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #storedThrough: number;
  #lastSeq: number | undefined;
  #storedAtMs = -Infinity;
  #problem: Fault | undefined;

  constructor(options: StoreWriterOptions, storedThrough: number) {
    this.#options = options;
    this.#storedThrough = storedThrough;
    this.#done = this.#run();
  }

  state(): StoreWriterState {
    const lagFrames = Math.max(0, this.#options.journal.state().frame - this.#storedThrough);
    return {
      storedThrough: this.#storedThrough,
      lagFrames,
      ...(this.#problem && { problem: this.#problem }),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { journal } = this.#options;
    while (!this.#stop.signal.aborted) {
      const feed = new FrameFeed(journal, this.#storedThrough + 1, this.#stop.signal);
      let putting: Promise<boolean> | undefined;
      try {
        for (;;) {
          const batch = await this.#gather(feed, putting);
          if ((await putting) === false || batch.last === undefined) return;
          putting = this.#put(batch);
          // Met when the next batch has been gathered, not as an unhandled rejection before.
          putting.catch(() => undefined);
        }
      } catch (error) {
        await putting?.catch(() => undefined);
        // The journal itself could not be read: asked again from the same place.
        await this.#fail(error, 0);
      } finally {
        await feed.close();
      }
    }
  }

  /** The next frames to be stored together; none is the end. Meanwhile the batch before may still be on its way. */
  async #gather(feed: FrameFeed, putting: Promise<unknown> | undefined): Promise<Batch> {
    const { journal, store, batchEvents = 10_000, batchBytes = 32 << 20, gatherMs = 500 } = this.#options;
    const batch = new Batch(store);
    const over = new AbortController();
    let busy = putting !== undefined;
    const free = putting?.then(
      () => (busy = false),
      () => (busy = false),
    );
    let behind: Promise<void> | undefined;
    let caughtUp: Promise<void> | undefined;
    let sinceTurn = 0;
    try {
      while (batch.events < batchEvents && batch.bytes < batchBytes) {
        const waiting = busy;
        if (waiting) await Promise.race([feed.upcoming, free]);
        else if (batch.last === undefined) await feed.upcoming;
        // Behind, a frame comes at once, unless none of those left can be read.
        else if (batch.last < journal.state().frame)
          await Promise.race([feed.upcoming, (behind ??= this.#wait(gatherMs, over.signal))]);
        else
          await Promise.race([feed.upcoming, (caughtUp ??= this.#wait(this.#restOfGather(), over.signal))]);
        const frame = feed.take();
        if (frame !== undefined) {
          batch.add(frame);
          sinceTurn += frame.events.length;
          if (sinceTurn >= EVENTS_PER_TURN) {
            sinceTurn = 0;
            await turn();
          }
        } else if (!waiting || busy) break;
      }
    } finally {
      over.abort();
    }
    return batch;
  }

  /** Milliseconds until the next batch may go; 0 after a rest. */
  #restOfGather(): number {
    const { clock, gatherMs = 500 } = this.#options;
    const since = clock.nowMs() - this.#storedAtMs;
    // A clock that was set back must not make the store wait.
    return since >= 0 && since < gatherMs ? gatherMs - since : 0;
  }

  /** True when the batch is stored, false when the writer was closed before. */
  async #put(batch: Batch): Promise<boolean> {
    const { journal, bus, clock } = this.#options;
    for (let failures = 0; ; failures++) {
      if (this.#stop.signal.aborted) return false;
      try {
        await batch.append();
        break;
      } catch (error) {
        await this.#fail(error, failures);
      }
    }
    this.#storedAtMs = clock.nowMs();
    this.#work();
    for (const frame of batch.frames) this.#countGap(frame);
    await journal.release(READER, this.#storedThrough);
    bus.emit('frame.stored', { journal: journal.state().id, frame: this.#storedThrough });
    return true;
  }

  /** The journal passes over what it cannot read; here it is counted. */
  #countGap(frame: StagedFrame): void {
    const missing = frame.number - this.#storedThrough - 1;
    if (missing > 0) {
      const range = `frames ${this.#storedThrough + 1} to ${frame.number - 1} of ${frame.journal}`;
      this.#options.bus.emit('loss.counted', {
        reason: 'frame_unstored',
        ...(this.#lastSeq === undefined
          ? { count: missing, of: 'records' }
          : { count: frame.firstSeq - this.#lastSeq - 1, of: 'events' }),
        detail: `${range} could not be read from the journal`,
      });
    }
    this.#storedThrough = frame.number;
    this.#lastSeq = frame.firstSeq + frame.events - 1;
  }

  async #fail(error: unknown, failures: number): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = error instanceof FaultError ? error.fault : fault('store_unavailable', { reason });
    const { bus, retryFirstMs = 250, retryMostMs = 30_000 } = this.#options;
    if (this.#problem === undefined)
      bus.emit('platform.reported', {
        state: 'store_failing',
        detail: sentenceOf(problem),
        severity: 'high',
      });
    this.#problem = problem;
    await this.#wait(Math.min(retryMostMs, retryFirstMs * 2 ** failures), this.#stop.signal);
  }

  #work(): void {
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.bus.emit('platform.reported', {
      state: 'store_working',
      detail: 'the event store takes events again',
      severity: 'informational',
    });
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms <= 0) return;
    if (this.#options.wait) return this.#options.wait(ms, signal);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}

/** One frame ahead of an iteration, so that it can be waited for without being taken. */
class FrameFeed {
  readonly #frames: AsyncIterator<Frame>;
  /** A signal of its own: an iteration that waits for a frame can only be ended by it. */
  readonly #reading = new AbortController();
  readonly #stop: AbortSignal;
  readonly #onStop = (): void => this.#reading.abort();
  #arrived: Frame | undefined;
  /** Settles when a frame is there to be taken, or the end is. */
  upcoming: Promise<void>;

  constructor(journal: Journal, fromFrame: number, stop: AbortSignal) {
    this.#stop = stop;
    stop.addEventListener('abort', this.#onStop, { once: true });
    if (stop.aborted) this.#onStop();
    this.#frames = journal.follow(fromFrame, this.#reading.signal)[Symbol.asyncIterator]();
    this.upcoming = this.#pull();
  }

  /** The frame that has arrived, if one has. */
  take(): Frame | undefined {
    const frame = this.#arrived;
    if (frame === undefined) return undefined;
    this.#arrived = undefined;
    this.upcoming = this.#pull();
    // A failure is met when its turn comes, not as an unhandled rejection before.
    this.upcoming.catch(() => undefined);
    return frame;
  }

  async close(): Promise<void> {
    this.#stop.removeEventListener('abort', this.#onStop);
    this.#reading.abort();
    await this.#frames.return?.();
  }

  async #pull(): Promise<void> {
    const result = await this.#frames.next();
    if (result.done !== true) this.#arrived = result.value;
  }
}
