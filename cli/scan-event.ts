/** The events of a scan: those of a shape that rules can read are made only where a rule wants more, or matches. */
import type { Event, Fields, NewEvent } from '#kernel/event.js';
import type { Unread } from '#kernel/record-shape.js';
import { normalize, windowsRecordOf } from '#collector/normalizers/normalize.js';
import type { NormalizeContext, RawRecord } from '#collector/normalizers/record.js';
import { windowsShape } from '#collector/normalizers/windows-shape.js';

/** What a scan says of an event of its own. The identifier tells people where the event is found. */
export type Place = Pick<Event, 'id' | 'seq'>;

/** `context.receivedMs` is when all of them came in. */
export function scanEvent(raw: RawRecord, place: Place, context: NormalizeContext): Event {
  const windows = raw.value && windowsRecordOf(raw.value, context.offsetMinutes);
  return windows
    ? new UnreadEvent({ ...raw, windows }, place, context)
    : made(normalize(raw, context), place, context);
}

/** Written out: spreading the event costs as much as reading its line. */
function made(event: NewEvent, { id, seq }: Place, { receivedMs: ingestedMs }: NormalizeContext): Event {
  const { timeMs, unit, realm, classification, source, fields } = event;
  return { id, seq, timeMs, ingestedMs, unit, realm, classification, source, fields };
}

/** The event of a Windows record, made when it is asked for. */
class UnreadEvent implements Event {
  readonly id: string;
  readonly seq: number;
  readonly unread: Unread;
  readonly #raw: RawRecord;
  readonly #context: NormalizeContext;
  #made: NewEvent | undefined;

  constructor(
    raw: RawRecord & Required<Pick<RawRecord, 'windows'>>,
    { id, seq }: Place,
    context: NormalizeContext,
  ) {
    this.id = id;
    this.seq = seq;
    this.#raw = raw;
    this.#context = context;
    this.unread = {
      shape: windowsShape as Unread['shape'],
      record: raw.windows,
      beside: raw.path === undefined ? [] : [raw.path],
    };
  }

  get #event(): NewEvent {
    return (this.#made ??= normalize(this.#raw, this.#context));
  }
  get fields(): Fields {
    return this.#event.fields;
  }
  get timeMs(): number {
    return this.#event.timeMs;
  }
  get ingestedMs(): number {
    return this.#context.receivedMs;
  }
  get unit(): Event['unit'] {
    return this.#context.unit;
  }
  get realm(): Event['realm'] {
    return this.#context.realm;
  }
  get classification(): Event['classification'] {
    return this.#context.classification;
  }
  get source(): string {
    return this.#context.source;
  }
}
