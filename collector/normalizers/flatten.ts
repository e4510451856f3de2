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

/** Adds the object's values to `fields` and returns how many were left out for the limits. */
export function flatten(value: Readonly<Record<string, unknown>>, fields: Fields, prefix = ''): number {
  const walk = new Walk(fields);
  walk.object(value, prefix, 0);
  return walk.lost;
}

class Walk {
  readonly #fields: Fields;
  #paths = 0;
  #values = 0;
  lost = 0;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  object(value: object, prefix: string, depth: number): void {
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key];
      this.any(item, prefix === '' ? key : key === '' ? prefix : `${prefix}.${key}`, depth);
    }
  }

  any(item: unknown, path: string, depth: number): void {
    if (item === null || item === undefined) return;
    if (typeof item !== 'object') {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
        this.scalar(item, path);
      return;
    }
    if (depth >= FLATTEN_LIMITS.depth) {
      this.lost++;
      return;
    }
    if (Array.isArray(item)) for (const part of item) this.any(part, path, depth + 1);
    else this.object(item, path, depth + 1);
  }

  scalar(value: Scalar, path: string): void {
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
