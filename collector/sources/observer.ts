/** What a source tells about itself: what it took in, what went wrong, what was lost and why. */
import type { Fault } from '#kernel/errors.js';

/** `waiting`: the journal takes nothing at the moment, or the input is not there yet. */
export type SourceState = 'running' | 'waiting' | 'failed' | 'stopped';

export interface SourceObserver {
  /** Events that the journal has accepted, and the bytes they came in. `atMs`: when the last of them was accepted. */
  accepted(events: number, bytes: number, atMs: number): void;
  /** Of the accepted events, how many are `pipeline_error`. */
  errors(events: number): void;
  /** Records that could not be kept. `reason` is a stable word such as `udp_queue_full`. */
  lost(reason: string, records: number): void;
  /** The state has changed; with the fault for `waiting` and `failed`. */
  state(state: SourceState, fault?: Fault): void;
}

/** Counters of a source since it was made: an observer that keeps them and passes everything on. */
export class SourceCounters implements SourceObserver {
  readonly #next: SourceObserver | undefined;
  events = 0;
  bytes = 0;
  pipelineErrors = 0;
  lostRecords = 0;
  readonly lostBy = new Map<string, number>();
  lastEventAtMs: number | undefined;
  current: SourceState = 'stopped';
  fault: Fault | undefined;

  constructor(next?: SourceObserver) {
    this.#next = next;
  }

  accepted(events: number, bytes: number, atMs: number): void {
    this.events += events;
    this.bytes += bytes;
    if (events > 0) this.lastEventAtMs = atMs;
    this.#next?.accepted(events, bytes, atMs);
  }

  errors(events: number): void {
    this.pipelineErrors += events;
    this.#next?.errors(events);
  }

  lost(reason: string, records: number): void {
    this.lostRecords += records;
    this.lostBy.set(reason, (this.lostBy.get(reason) ?? 0) + records);
    this.#next?.lost(reason, records);
  }

  state(state: SourceState, fault?: Fault): void {
    this.current = state;
    this.fault = fault;
    this.#next?.state(state, fault);
  }
}
