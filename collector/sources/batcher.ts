/** Gathers events of many small messages into batches for the journal, by number, size and age, with a bounded queue. */
import type { NewEvent } from '#kernel/event.js';
import { deliver, type DeliveryOptions } from './delivery.js';

export interface BatcherLimits {
  /** Events of a batch. Default 1,000. */
  readonly events?: number;
  /** Bytes (as received) of a batch. Default 1 MiB. */
  readonly bytes?: number;
  /** Longest time an event waits for company, milliseconds. Default 50. */
  readonly ageMs?: number;
  /** Events, and bytes, that may wait altogether. Default 20,000 and 32 MiB. */
  readonly queueEvents?: number;
  readonly queueBytes?: number;
}

interface Waiting {
  readonly event: NewEvent;
  readonly bytes: number;
}

export class Batcher {
  readonly #options: Omit<DeliveryOptions, 'signal'>;
  readonly #limits: Required<BatcherLimits>;
  readonly #stopping = new AbortController();
  #queue: Waiting[] = [];
  #queueBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #roomWanted: (() => void)[] = [];

  constructor(options: Omit<DeliveryOptions, 'signal'>, limits: BatcherLimits = {}) {
    this.#options = options;
    this.#limits = {
      events: limits.events ?? 1_000,
      bytes: limits.bytes ?? 1 << 20,
      ageMs: limits.ageMs ?? 50,
      queueEvents: limits.queueEvents ?? 20_000,
      queueBytes: limits.queueBytes ?? 32 << 20,
    };
  }

  /** True while another event may be offered. */
  get hasRoom(): boolean {
    return this.#queue.length < this.#limits.queueEvents && this.#queueBytes < this.#limits.queueBytes;
  }

  /** True once {@link stop} has given up or finished; nothing is taken any more. */
  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Takes the event, or refuses it (false) because the queue is full. */
  offer(event: NewEvent, bytes: number): boolean {
    if (!this.hasRoom || this.#stopping.signal.aborted) return false;
    this.#queue.push({ event, bytes });
    this.#queueBytes += bytes;
    if (this.#queue.length >= this.#limits.events || this.#queueBytes >= this.#limits.bytes) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#limits.ageMs);
    return true;
  }

  /** Resolves as soon as there is room, or when the batcher stops. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#stopping.signal.aborted)
      await new Promise<void>((resolve) => this.#roomWanted.push(resolve));
  }

  /** Resolves when everything offered so far has been accepted. */
  async flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#sending) {
      this.#send();
      await this.#sending;
      if (this.#stopping.signal.aborted) return;
    }
  }

  /**
   * Delivers what waits, for at most `graceMs` (default 5 s); then gives up and returns the number of events that are
   * left undelivered.
   */
  async stop(graceMs = 5_000): Promise<number> {
    const timer = setTimeout(() => this.#stopping.abort(), graceMs);
    await this.flush();
    clearTimeout(timer);
    this.#stopping.abort();
    clearTimeout(this.#timer);
    this.#wake();
    return this.#queue.length;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stopping.signal.aborted) {
      const batch = this.#cut();
      const bytes = batch.reduce((sum, item) => sum + item.bytes, 0);
      const events = batch.map((item) => item.event);
      if (!(await deliver(events, bytes, { ...this.#options, signal: this.#stopping.signal }))) return;
      this.#queue.splice(0, batch.length);
      this.#queueBytes -= bytes;
      this.#wake();
    }
  }

  #cut(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (
      count < this.#queue.length &&
      count < this.#limits.events &&
      (count === 0 || bytes < this.#limits.bytes)
    )
      bytes += (this.#queue[count++] as Waiting).bytes;
    return this.#queue.slice(0, count);
  }

  #wake(): void {
    const wanted = this.#roomWanted;
    this.#roomWanted = [];
    for (const resolve of wanted) resolve();
  }
}
