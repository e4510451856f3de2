/** One event while it is judged: values by slot instead of by path, folded at most once each. */
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import { fold } from '#kernel/query/fold.js';

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

export class EventView {
  fields: Fields = {};
  readonly #paths: readonly string[];
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
  load(fields: Fields): void {
    this.fields = fields;
    this.#generation++;
    this.#all = undefined;
  }

  raw(slot: number): FieldValue | undefined {
    if (this.#readAt[slot] === this.#generation) return this.#raw[slot];
    const value = this.fields[this.#paths[slot] as string];
    this.#readAt[slot] = this.#generation;
    this.#raw[slot] = value;
    return value;
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

function foldValue(value: FieldValue): Folded {
  if (typeof value === 'string') return fold(value);
  if (typeof value === 'object') return (value as readonly Scalar[]).map((item) => fold(String(item)));
  return fold(String(value));
}
