/** An event while it is being made: its fields, and its time with what is to be said about the clock. */
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import { iso } from '#kernel/clock.js';
import type { NormalizeContext } from './record.js';

/** A clock this far ahead of the receipt is kept, and flagged `clock_ahead`. */
const AHEAD_MS = 5 * 60_000;
/** A clock before 2000 is that of a device that was never set; it is kept, and flagged `clock_unset`. */
const UNSET_BEFORE_MS = 946_684_800_000;

/**
 * Empty, with room for 30 paths: a plain `{}` that grows by computed names becomes a hash table after a dozen, which is
 * three times as slow to fill and to write as JSON, and five times as large. Removing the newest name first keeps the room.
 */
const ROOMY: Fields = ((): Fields => {
  const room: Fields = {
    a: 0,
    b: 0,
    c: 0,
    d: 0,
    e: 0,
    f: 0,
    g: 0,
    h: 0,
    i: 0,
    j: 0,
    k: 0,
    l: 0,
    m: 0,
    n: 0,
    o: 0,
    p: 0,
    q: 0,
    r: 0,
    s: 0,
    t: 0,
    u: 0,
    v: 0,
    w: 0,
    x: 0,
    y: 0,
    z: 0,
    aa: 0,
    bb: 0,
    cc: 0,
    dd: 0,
  };
  for (const name of Object.keys(room).reverse()) delete room[name];
  return room;
})();

export class Draft {
  fields: Fields = { ...ROOMY };
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
    // Most paths are not set yet, and reading is cheaper than asking who owns what is read (`constructor` is the prototype's).
    if (this.fields[path] === undefined || !Object.hasOwn(this.fields, path)) put(this.fields, path, value);
  }

  /** Sets a path whatever stood there; undefined leaves it. */
  replace(path: string, value: FieldValue | undefined): void {
    if (value !== undefined) put(this.fields, path, value);
  }

  /** Takes a path away. The others are copied: an object that something was deleted from is a hash table, too. */
  drop(path: string): void {
    const { fields } = this;
    if (!Object.hasOwn(fields, path)) return;
    this.fields = { ...ROOMY };
    for (const other of Object.keys(fields))
      if (other !== path) put(this.fields, other, fields[other] as FieldValue);
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
