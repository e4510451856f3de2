/** One event while it is judged: values by slot instead of by path, folded at most once each. */
import { bagOf, type Fields, type FieldValue, type Scalar } from '#kernel/event.js';
import { fold } from '#kernel/query/fold.js';
import type { FieldReader, RecordShape, Unread } from '#kernel/record-shape.js';

/** Gives every path that rules ask about a small number. */
export class PathTable {
  readonly paths: string[] = [];
  readonly #slots = new Map<string, number>();

  slot(path: string): number {
    let slot = this.#slots.get(path);
    if (slot === undefined) {
      slot = this.paths.length;
      this.paths.push(path);
      this.#slots.set(path, slot);
    }
    return slot;
  }
}

/** A folded value; a list only where the path is a bag of several. */
export type Folded = string | readonly string[];

/** What a view looks at: an event, or a record that can be read without making one. */
export interface Viewed {
  /** Asked for only where the record does not do. */
  readonly fields: Fields;
  readonly unread?: Unread;
}

const NOTHING: Viewed = { fields: {} };
/** Names that every object inherits are no paths of an event. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export class EventView {
  readonly #paths: readonly string[];
  #viewed = NOTHING;
  #fields: Fields | undefined;
  #readers: Readers | undefined;
  readonly #readersOf = new Map<RecordShape<unknown>, Readers>();
  #generation = 0;
  readonly #readAt: number[] = [];
  readonly #raw: (FieldValue | undefined)[] = [];
  readonly #foldedAt: number[] = [];
  readonly #folded: (Folded | undefined)[] = [];
  #all: readonly string[] | undefined;

  constructor(table: PathTable) {
    this.#paths = table.paths;
  }

  /** Turns to another event; everything kept of the one before is void. */
  load(viewed: Viewed): void {
    this.#viewed = viewed;
    const { unread } = viewed;
    if (unread === undefined) this.#fields = viewed.fields;
    else {
      this.#fields = undefined;
      this.#readers = this.#readersFor(unread.shape);
    }
    this.#generation++;
    this.#all = undefined;
  }

  get fields(): Fields {
    return (this.#fields ??= this.#viewed.fields);
  }

  /** What there is to read as long as the event has not been made. */
  get unread(): Unread | undefined {
    return this.#fields === undefined ? this.#viewed.unread : undefined;
  }

  raw(slot: number): FieldValue | undefined {
    if (this.#readAt[slot] === this.#generation) return this.#raw[slot];
    const value = this.#fields === undefined ? this.#readUnread(slot) : this.#field(slot);
    this.#readAt[slot] = this.#generation;
    this.#raw[slot] = value;
    return value;
  }

  #field(slot: number): FieldValue | undefined {
    const path = this.#paths[slot] as string;
    return INHERITED.has(path) ? bagOf(this.fields, path) : this.fields[path];
  }

  #readUnread(slot: number): FieldValue | undefined {
    const reader = this.#readers?.at(slot);
    return reader ? reader((this.#viewed.unread as Unread).record) : this.#field(slot);
  }

  #readersFor(shape: RecordShape<unknown>): Readers {
    let readers = this.#readersOf.get(shape);
    if (!readers) this.#readersOf.set(shape, (readers = new Readers(shape, this.#paths)));
    return readers;
  }

  folded(slot: number): Folded | undefined {
    if (this.#foldedAt[slot] === this.#generation) return this.#folded[slot];
    const value = this.raw(slot);
    const folded = value === undefined ? undefined : foldValue(value);
    this.#foldedAt[slot] = this.#generation;
    this.#folded[slot] = folded;
    return folded;
  }

  /** Every value of every path, folded. */
  allFolded(): readonly string[] {
    if (this.#all) return this.#all;
    const all: string[] = [];
    for (const path in this.fields) {
      const folded = foldValue(this.fields[path] as FieldValue);
      if (typeof folded === 'string') all.push(folded);
      else all.push(...folded);
    }
    return (this.#all = all);
  }
}

/** A shape's readers by slot: the paths that rules ask about grow in number as conditions are compiled. */
class Readers {
  readonly #shape: RecordShape<unknown>;
  readonly #paths: readonly string[];
  readonly #bySlot: (FieldReader<unknown> | undefined)[] = [];

  constructor(shape: RecordShape<unknown>, paths: readonly string[]) {
    this.#shape = shape;
    this.#paths = paths;
  }

  at(slot: number): FieldReader<unknown> | undefined {
    while (this.#bySlot.length <= slot)
      this.#bySlot.push(this.#shape.reader(this.#paths[this.#bySlot.length] as string));
    return this.#bySlot[slot];
  }
}

function foldValue(value: FieldValue): Folded {
  if (typeof value === 'string') return fold(value);
  if (typeof value === 'object') return (value as readonly Scalar[]).map((item) => fold(String(item)));
  return fold(String(value));
}
