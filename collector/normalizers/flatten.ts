/**
 * Nested or dotted JSON to flat paths. A path is a bag of scalars: lists and lists of objects become bags;
 * null, `[]` and `{}` are dropped. Depth and width are bounded, and what lies beyond is counted.
 */
import type { Fields, Scalar } from '#kernel/event.js';
import { put } from './draft.js';

export const FLATTEN_LIMITS = {
  /** Levels of nesting. */
  depth: 32,
  /** Paths of one event. */
  paths: 2_000,
  /** Values of one event, over all paths. */
  values: 10_000,
  /** Characters of a path. */
  pathLength: 512,
} as const;

/**
 * What a sender says in our own name is kept under this one: it must neither raise the platform's alerts (`fenghuo.state`)
 * nor pass for a recording that is taken away again (`fenghuo.sample`).
 */
export const UNVERIFIED = 'unverified';

function isOurs(name: string): boolean {
  return /^fenghuo(?:\.|$)/i.test(name);
}

/** A path that was seen, and those that lie below it: joining names anew for every event costs more than finding them. */
interface Place {
  readonly path: string;
  readonly below: Map<string, Place>;
}

const ROOT: Place = { path: '', below: new Map() };
/** Bounds against hostile names: places that are kept, and characters of a kept path. */
const MOST_PLACES = 20_000;
const KEPT_LENGTH = 256;
let places = 0;

function placeBelow(place: Place, key: string): Place {
  const known = place.below.get(key);
  if (known !== undefined) return known;
  if (key === '') return place;
  const path = place.path === '' ? (isOurs(key) ? `${UNVERIFIED}.${key}` : key) : `${place.path}.${key}`;
  const made: Place = { path, below: new Map() };
  if (places < MOST_PLACES && path.length <= KEPT_LENGTH) {
    places++;
    place.below.set(key, made);
  }
  return made;
}

/**
 * Adds the object's values to `fields` and returns how many were left out for the limits. What stands at the path
 * `without` is passed over.
 */
export function flatten(
  value: Readonly<Record<string, unknown>>,
  fields: Fields,
  prefix = '',
  without?: string,
): number {
  const walk = new Walk(fields, without);
  walk.object(value, placeBelow(ROOT, prefix), 0);
  return walk.lost;
}

class Walk {
  readonly #fields: Fields;
  readonly #without: string | undefined;
  #paths = 0;
  #values = 0;
  lost = 0;

  constructor(fields: Fields, without: string | undefined) {
    this.#fields = fields;
    this.#without = without;
  }

  object(value: object, place: Place, depth: number): void {
    for (const key of Object.keys(value))
      this.any((value as Record<string, unknown>)[key], placeBelow(place, key), depth);
  }

  any(item: unknown, place: Place, depth: number): void {
    if (item === null || item === undefined) return;
    if (typeof item !== 'object') {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
        this.scalar(item, place.path);
      return;
    }
    if (depth >= FLATTEN_LIMITS.depth) {
      this.lost++;
      return;
    }
    if (Array.isArray(item)) for (const part of item) this.any(part, place, depth + 1);
    else this.object(item, place, depth + 1);
  }

  scalar(value: Scalar, told: string): void {
    if (told === this.#without) return;
    const named = told === 'event.module' || told === 'event.dataset';
    const path = named && isOurs(String(value)) ? `${UNVERIFIED}.${told}` : told;
    if (++this.#values > FLATTEN_LIMITS.values || path.length > FLATTEN_LIMITS.pathLength) {
      this.lost++;
      return;
    }
    const before = Object.hasOwn(this.#fields, path) ? this.#fields[path] : undefined;
    if (before === undefined) {
      if (++this.#paths > FLATTEN_LIMITS.paths) this.lost++;
      else put(this.#fields, path, value);
    } else if (Array.isArray(before)) before.push(value);
    else put(this.#fields, path, [before as Scalar, value]);
  }
}
