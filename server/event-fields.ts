/** The paths that a page of events has, how often, and what their values are. */
import { isIP } from 'node:net';
import { valuesOf, type Event, type Scalar } from '#kernel/event.js';

export const FIELD_KINDS = ['text', 'number', 'boolean', 'address'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface FieldCount {
  readonly path: string;
  readonly count: number;
  readonly kind: FieldKind;
}

/** Most paths told. */
const MOST_PATHS = 500;
const LONGEST_PATH = 300;

function kindOf(value: Scalar): FieldKind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return value.length <= 45 && isIP(value) !== 0 ? 'address' : 'text';
}

/** Most frequent first. A path whose values differ in kind is text. */
export function fieldsOf(events: readonly Event[]): readonly FieldCount[] {
  const found = new Map<string, { count: number; kind: FieldKind }>();
  for (const { fields } of events)
    for (const path of Object.keys(fields)) {
      const [first] = valuesOf(fields, path);
      if (first === undefined || path.length > LONGEST_PATH) continue;
      const kind = kindOf(first);
      const known = found.get(path);
      if (!known) found.set(path, { count: 1, kind });
      else {
        known.count += 1;
        if (known.kind !== kind) known.kind = 'text';
      }
    }
  return [...found]
    .map(([path, { count, kind }]) => ({ path, count, kind }))
    .sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_PATHS);
}
