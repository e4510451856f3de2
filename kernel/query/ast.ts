/**
 * The one query AST. Sigma rules, searches, saved views, exceptions, evidence queries and playbook conditions all
 * compile to it. Its predicate (`predicate.ts`) is the meaning; stores compile it exactly, or to a superset that the
 * predicate checks again. Plain JSON, so that it can be stored and sent.
 *
 * Meaning in short: a path is a bag of scalars, and a leaf holds if any of them does. Text compares folded
 * (`fold.ts`) unless `cased`. Numbers and booleans compare with their text, so `4624` equals `"4624"`.
 */
import type { Scalar } from '../event.js';

/** A piece of a wildcard pattern: literal text, `*` (any run, also empty) or `?` (exactly one character). */
export type PatternPart = { readonly text: string } | { readonly wild: '*' | '?' };

/** `week` is that of ISO 8601, `day` that of the month. */
export const DATE_PARTS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and'; readonly of: readonly Query[] }
  | { readonly kind: 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query }
  /** The path has at least one value. */
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'equals'; readonly path: string; readonly value: Scalar; readonly cased?: boolean }
  | {
      readonly kind: 'contains' | 'startsWith' | 'endsWith';
      readonly path: string;
      readonly value: string;
      readonly cased?: boolean;
    }
  /** The whole value matches the pattern. */
  | {
      readonly kind: 'wildcard';
      readonly path: string;
      readonly pattern: readonly PatternPart[];
      readonly cased?: boolean;
    }
  /** RE2 syntax, found anywhere in the value. Flags: any of `i`, `m`, `s`. */
  | { readonly kind: 'regex'; readonly path: string; readonly source: string; readonly flags?: string }
  /** IPv4 or IPv6 network; a value that is not an address does not match. */
  | { readonly kind: 'cidr'; readonly path: string; readonly network: string }
  /** Both sides numbers (or numeric text): numeric. Otherwise no match. */
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly op: 'lt' | 'lte' | 'gt' | 'gte';
      readonly value: number;
    }
  /** Any value of `path` against any value of `other`. */
  | {
      readonly kind: 'fieldRef';
      readonly path: string;
      readonly other: string;
      readonly op: 'equals' | 'contains' | 'startsWith' | 'endsWith';
      readonly cased?: boolean;
    }
  /** A part of a time (ISO 8601 text, or milliseconds since 1970), in UTC; a value that is no time does not match. */
  | {
      readonly kind: 'datePart';
      readonly path: string;
      readonly part: DatePart;
      readonly op: 'eq' | 'lt' | 'lte' | 'gt' | 'gte';
      readonly value: number;
    }
  /** Any value of any path contains the pattern (Sigma keywords, bare words of the text form). */
  | { readonly kind: 'text'; readonly pattern: readonly PatternPart[]; readonly cased?: boolean };

export type Leaf = Exclude<Query, { kind: 'all' | 'none' | 'and' | 'or' | 'not' }>;

export const ALL: Query = { kind: 'all' };
export const NONE: Query = { kind: 'none' };

/** Conjunction with the trivial cases folded away. */
export function and(...of: readonly Query[]): Query {
  if (of.length === 1) return of[0] as Query;
  const kept = of.flatMap((query) => (query.kind === 'and' ? query.of : query.kind === 'all' ? [] : [query]));
  if (kept.some((query) => query.kind === 'none')) return NONE;
  return kept.length === 0 ? ALL : kept.length === 1 ? (kept[0] as Query) : { kind: 'and', of: kept };
}

/** Disjunction with the trivial cases folded away. */
export function or(...of: readonly Query[]): Query {
  if (of.length === 1) return of[0] as Query;
  const kept = of.flatMap((query) => (query.kind === 'or' ? query.of : query.kind === 'none' ? [] : [query]));
  if (kept.some((query) => query.kind === 'all')) return ALL;
  return kept.length === 0 ? NONE : kept.length === 1 ? (kept[0] as Query) : { kind: 'or', of: kept };
}

export function not(of: Query): Query {
  return of.kind === 'not'
    ? of.of
    : of.kind === 'all'
      ? NONE
      : of.kind === 'none'
        ? ALL
        : { kind: 'not', of };
}

export function equals(path: string, value: Scalar): Query {
  return { kind: 'equals', path, value };
}

/** `equals` for any of the values; `none` for an empty list. */
export function anyOf(path: string, values: readonly Scalar[]): Query {
  return or(...values.map((value) => equals(path, value)));
}

/** All paths that a query asks about, each once. */
export function pathsOf(query: Query): readonly string[] {
  const paths = new Set<string>();
  const visit = (node: Query): void => {
    if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit);
    else if (node.kind === 'not') visit(node.of);
    else if ('path' in node) {
      paths.add(node.path);
      if (node.kind === 'fieldRef') paths.add(node.other);
    }
  };
  visit(query);
  return [...paths];
}
