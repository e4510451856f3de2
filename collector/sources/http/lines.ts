/** `POST /ingest`: plain lines or NDJSON, every record an event. */
import { fault, type Fault } from '#kernel/errors.js';
import { textOf, type NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import type { FramedMessage } from '../../decoders/framer.js';
import { isPipelineError, normalize } from '../../normalizers/normalize.js';
import type { NormalizeContext, RawRecord } from '../../normalizers/record.js';
import { tellAccepted } from '../delivery.js';
import type { SourceObserver } from '../observer.js';
import { LineRecords } from '../line-records.js';

export interface LinesOptions {
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly context: () => NormalizeContext;
  readonly nowMs: () => number;
  /** Beyond so many the request is refused; those before it stay accepted. */
  readonly mostRecords: number;
}

const MOST_EVENTS = 2_000;
const MOST_BYTES = 4 << 20;
/** Unread records that an answer names; the others are counted. */
const NAMED = 20;

export interface UnreadRecord {
  /** Of the request, from 1: a line that is neither empty nor a header, or an item of a JSON list or envelope. */
  readonly record: number;
  readonly reason: string;
}

export class LinesRequest {
  readonly #options: LinesOptions;
  readonly #lines = new LineRecords();
  #events: NewEvent[] = [];
  #bytes = 0;
  #records = 0;
  /** Events that the journal has accepted, and of them those that are `pipeline_error`. */
  accepted = 0;
  errors = 0;
  /** The first of `errors`, with their places. */
  readonly unread: UnreadRecord[] = [];

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /**
   * The fault with which the journal refused a part, or `too_many_records`; what was accepted before it is counted in
   * `accepted`.
   */
  async take(lines: readonly FramedMessage[]): Promise<Fault | undefined> {
    for (const line of lines) {
      const records = this.#lines.of(line);
      for (const record of records) {
        const refused = await this.record(record, Math.ceil(line.bytes.length / records.length));
        if (refused) return refused;
      }
    }
    return undefined;
  }

  async record(record: RawRecord, bytes: number): Promise<Fault | undefined> {
    const limit = this.#options.mostRecords;
    this.#records += 1;
    if (this.#records > limit) return (await this.finish()) ?? fault('too_many_records', { limit });
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
    for (const [index, event] of events.entries()) if (isPipelineError(event)) this.#tell(event, index);
    this.accepted += events.length;
    tellAccepted(this.#options.observer, events, bytes, this.#options.nowMs());
    return undefined;
  }
  #tell(event: NewEvent, index: number): void {
    this.errors += 1;
    if (this.unread.length < NAMED)
      this.unread.push({
        record: this.accepted + index + 1,
        reason: textOf(event.fields, 'error.message') ?? '',
      });
  }
}
