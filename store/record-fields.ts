/** A record as the query language sees it: the flat bag of its collection's queryable paths. */
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';

/** The columns that every record has. */
export const PLACED_PATHS = ['id', 'unit', 'realm', 'classification'] as const;

/** What a record is to a store: its identifier, what a scope is held against, and the rest. */
export interface StoredRecord {
  readonly id: string;
  readonly unit: string;
  readonly realm: string;
  readonly classification: 1 | 2 | 3;
}

const QUERYABLE = new Map<CollectionName, readonly string[]>();

/** Every path that a query on the collection may name, each once, the placed ones first. */
export function queryablePaths(collection: CollectionName): readonly string[] {
  let paths = QUERYABLE.get(collection);
  if (!paths) {
    const { sortable, faceted, text } = COLLECTIONS[collection];
    paths = [...new Set([...PLACED_PATHS, ...sortable, ...faceted, ...text])];
    QUERYABLE.set(collection, paths);
  }
  return paths;
}

/** Paths that free text is looked for in: what people name and group by, not times and counters. */
export function textPaths(collection: CollectionName): readonly string[] {
  const { faceted, text } = COLLECTIONS[collection];
  return [...new Set(['id', ...text, ...faceted])];
}

/** The bag at a dotted path, or undefined where there is nothing; lists of objects are walked through. */
export function pickPath(record: unknown, path: string): FieldValue | undefined {
  let found: readonly unknown[] = [record];
  for (const name of path.split('.'))
    found = found.flatMap((item) =>
      typeof item === 'object' && item !== null && Object.hasOwn(item, name)
        ? (item as Record<string, unknown>)[name]
        : [],
    );
  const scalars = found.filter(
    (item): item is Scalar =>
      typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean',
  );
  return scalars.length > 1 ? scalars : scalars[0];
}

/** The queryable paths of a record; absent, null and empty ones are left out. */
export function flattenRecord(collection: CollectionName, record: unknown): Fields {
  const fields: Fields = {};
  for (const path of queryablePaths(collection)) {
    const value = pickPath(record, path);
    if (value !== undefined) fields[path] = value;
  }
  return fields;
}
