/** An event while it is being made: its fields, and its time with what is to be said about the clock. */
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import { iso } from '#kernel/clock.js';
import type { NormalizeContext } from './record.js';

/** A clock this far ahead of the receipt is kept, and flagged `clock_ahead`. */
const AHEAD_MS = 5 * 60_000;
/** A clock before 2000 is that of a device that was never set; it is kept, and flagged `clock_unset`. */
const UNSET_BEFORE_MS = 946_684_800_000;

export class Draft {
  readonly fields: Fields = {};
  readonly context: NormalizeContext;
  /** Epoch milliseconds; undefined until a clock was found. */
  timeMs: number | undefined;
  #tags: string[] | undefined;

  constructor(context: NormalizeContext) {
    this.context = context;
  }

  /** Sets a path unless it is set already or the value is undefined or an empty text or list. */
  set(path: string, value: FieldValue | undefined): void {
    if (value === undefined || value === '' || (typeof value === 'object' && value.length === 0)) return;
    if (!Object.hasOwn(this.fields, path)) put(this.fields, path, value);
  }

  /** Sets a path whatever stood there; undefined leaves it. */
  replace(path: string, value: FieldValue | undefined): void {
    if (value !== undefined) put(this.fields, path, value);
  }

  /** The first value of a path as text. */
  text(path: string): string | undefined {
    if (!Object.hasOwn(this.fields, path)) return undefined;
    const value = this.fields[path] as FieldValue;
    return String(typeof value === 'object' ? (value as readonly Scalar[])[0] : value);
  }

  tag(word: string): void {
    (this.#tags ??= []).push(word);
  }

  /** Marks the event as one that could not be read as it should have been. */
  fail(reason: string, original: string | undefined): void {
    this.replace('event.kind', 'pipeline_error');
    this.replace('error.message', reason);
    this.set('event.original', original);
  }

  /** Settles time, tags and kind; afterwards the fields are whole. Returns the event time. */
  finish(): number {
    const received = this.context.receivedMs;
    const time = this.timeMs ?? received;
    if (this.timeMs === undefined) this.set('event.created', iso(received));
    else if (time > received + AHEAD_MS) this.#flag('clock_ahead');
    else if (time < UNSET_BEFORE_MS) this.#flag('clock_unset');
    if (this.#tags) {
      const before = this.fields['tags'];
      const list: readonly Scalar[] =
        before === undefined ? [] : typeof before === 'object' ? before : [before];
      this.fields['tags'] = [...new Set([...list, ...this.#tags])];
    }
    this.set('event.kind', 'event');
    return time;
  }

  #flag(word: string): void {
    this.set('event.created', iso(this.context.receivedMs));
    this.tag(word);
  }
}

/** An own property even for the one name whose assignment would do something else. */
export function put(fields: Fields, path: string, value: FieldValue): void {
  if (path === '__proto__')
    Object.defineProperty(fields, path, { value, enumerable: true, writable: true, configurable: true });
  else fields[path] = value;
}
