/** An event's fields in reading order, with what a rule matched. */
import type { Fields, FieldValue } from '#kernel/event.js';
import type { MatchedValue } from '#kernel/schema/alert.js';

export interface FieldRow {
  readonly path: string;
  readonly values: readonly string[];
  readonly hit: boolean;
  readonly selection?: string;
}

export function valuesOf(value: FieldValue | undefined): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** First value of the first path that has one. */
export function firstOf(fields: Fields, ...paths: string[]): string | undefined {
  for (const path of paths) {
    const [value] = valuesOf(fields[path]);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Matched fields first, then by name; the raw text stands on its own and is left out. */
export function fieldRows(fields: Fields, matched: readonly MatchedValue[]): FieldRow[] {
  const hits = new Map(matched.map((one) => [one.path, one]));
  const rows = Object.entries(fields)
    .filter(([path]) => path !== 'event.original')
    .map(([path, value]): FieldRow => {
      const hit = hits.get(path);
      return {
        path,
        values: valuesOf(value),
        hit: hit !== undefined,
        ...(hit?.selection && { selection: hit.selection }),
      };
    });
  return rows.sort((a, b) => Number(b.hit) - Number(a.hit) || (a.path < b.path ? -1 : 1));
}
