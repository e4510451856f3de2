/** `POST /ingest`: plain lines or NDJSON, every line a record, every record an event. */
import type { Fault } from '#kernel/errors.js';
import type { NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import type { FramedMessage } from '../../decoders/framer.js';
import { isPipelineError, normalize } from '../../normalizers/normalize.js';
import type { NormalizeContext, RawRecord } from '../../normalizers/record.js';
import { tellAccepted } from '../delivery.js';
import type { SourceObserver } from '../observer.js';
import { textRecord } from '../text-record.js';

export interface LinesOptions {
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly context: () => NormalizeContext;
  readonly nowMs: () => number;
}

const MOST_EVENTS = 2_000;
const MOST_BYTES = 4 << 20;

export class LinesRequest {
  readonly #options: LinesOptions;
  #events: NewEvent[] = [];
  #bytes = 0;
  /** Events that the journal has accepted, and of them those that are `pipeline_error`. */
  accepted = 0;
  errors = 0;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** The fault with which the journal refused a part; what was accepted before it is counted in `accepted`. */
  async take(lines: readonly FramedMessage[]): Promise<Fault | undefined> {
    for (const line of lines) {
      const refused = await this.record(textRecord(line), line.bytes.length);
      if (refused) return refused;
    }
    return undefined;
  }

  async record(record: RawRecord, bytes: number): Promise<Fault | undefined> {
    this.#events.push(normalize(record, this.#options.context()));
    this.#bytes += bytes;
    return this.#events.length >= MOST_EVENTS || this.#bytes >= MOST_BYTES ? this.finish() : undefined;
  }

  async finish(): Promise<Fault | undefined> {
    const events = this.#events;
    const bytes = this.#bytes;
    if (events.length === 0) return undefined;
    this.#events = [];
    this.#bytes = 0;
    const result = await this.#options.intake.append(events);
    if (!result.ok) return result.fault;
    this.accepted += events.length;
    this.errors += events.filter(isPipelineError).length;
    tellAccepted(this.#options.observer, events, bytes, this.#options.nowMs());
    return undefined;
  }
}
