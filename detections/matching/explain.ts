/** Says where in an event a rule matched; runs only for rules that did. */
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import type { Leaf, Query } from '#kernel/query/ast.js';
import { compilePredicate, type Predicate } from '#kernel/query/predicate.js';
import type { MatchedValue } from '#kernel/schema/alert.js';
import type { NamedQuery } from '../sigma/detection.js';

/** Longest value that is shown, and most values of one match. */
const MAX_VALUE = 1024;
const MAX_MATCHED = 64;

const predicates = new WeakMap<Query, Predicate>();

function holds(query: Query, fields: Fields): boolean {
  let predicate = predicates.get(query);
  if (!predicate) predicates.set(query, (predicate = compilePredicate(query)));
  return predicate(fields);
}

/** Values of the selections that hold, each path and value once. */
export function matchedValues(selections: readonly NamedQuery[], fields: Fields): MatchedValue[] {
  const matched = new Map<string, MatchedValue>();
  for (const { name, query } of selections) if (holds(query, fields)) walk(query, name, fields, matched);
  return [...matched.values()];
}

function walk(query: Query, selection: string, fields: Fields, matched: Map<string, MatchedValue>): void {
  switch (query.kind) {
    case 'and':
    case 'or':
      for (const part of query.of) if (holds(part, fields)) walk(part, selection, fields, matched);
      return;
    case 'all':
    case 'none':
    case 'not':
      return;
    default:
      leafValues(query, fields, (path, value) => {
        if (matched.size >= MAX_MATCHED) return;
        const text = String(value);
        const shown = text.length > MAX_VALUE ? text.slice(0, MAX_VALUE) : text;
        const key = `${path} ${shown}`;
        if (!matched.has(key)) matched.set(key, { path, value: shown, selection });
      });
  }
}

function leafValues(leaf: Leaf, fields: Fields, tell: (path: string, value: Scalar) => void): void {
  const paths = leaf.kind === 'text' ? Object.keys(fields) : [leaf.path];
  for (const path of paths)
    for (const value of listOf(fields[path])) {
      const alone: Record<string, FieldValue> = { [path]: value };
      if (leaf.kind === 'fieldRef' && fields[leaf.other] !== undefined)
        alone[leaf.other] = fields[leaf.other] as FieldValue;
      if (leaf.kind === 'fieldRef' && leaf.other === path) alone[path] = fields[path] as FieldValue;
      if (holds(leaf, alone)) tell(path, value);
    }
}

function listOf(value: FieldValue | undefined): readonly Scalar[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? (value as readonly Scalar[]) : [value];
}
