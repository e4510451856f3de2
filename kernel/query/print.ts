/** Writes a query in its text form; `parseQuery` reads it back to a query of the same meaning. */
import type { Leaf, PatternPart, Query } from './ast.js';

export function printQuery(query: Query): string {
  return print(query, 0);
}

/** Binding strength of the place that the text goes to: 0 anywhere, 1 within `and`, 2 under `not`. */
function print(query: Query, strength: number): string {
  switch (query.kind) {
    case 'all':
      return '*';
    case 'none':
      return strength > 2 ? '(not *)' : 'not *';
    case 'and':
      if (query.of.length < 2) return print(query.of[0] ?? { kind: 'all' }, strength);
      return wrap(query.of.map((part) => print(part, 2)).join(' and '), strength > 1);
    case 'or':
      if (query.of.length < 2) return print(query.of[0] ?? { kind: 'none' }, strength);
      return wrap(query.of.map((part) => print(part, 1)).join(' or '), strength > 0);
    case 'not':
      return `not ${print(query.of, 3)}`;
    default:
      return printLeaf(query);
  }
}

function wrap(text: string, needed: boolean): string {
  return needed ? `(${text})` : text;
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const FIELD_REFS = {
  equals: 'fieldref',
  contains: 'fieldref_contains',
  startsWith: 'fieldref_startswith',
  endsWith: 'fieldref_endswith',
} as const;

function printLeaf(leaf: Leaf): string {
  if (leaf.kind === 'text') return cased(leaf, pattern(leaf.pattern));
  const path = printPath(leaf.path);
  switch (leaf.kind) {
    case 'exists':
      return `${path}: *`;
    case 'equals':
      return `${path}: ${cased(leaf, quote(String(leaf.value)))}`;
    case 'contains':
      return `${path}: ${cased(leaf, pattern([{ wild: '*' }, { text: leaf.value }, { wild: '*' }]))}`;
    case 'startsWith':
      return `${path}: ${cased(leaf, pattern([{ text: leaf.value }, { wild: '*' }]))}`;
    case 'endsWith':
      return `${path}: ${cased(leaf, pattern([{ wild: '*' }, { text: leaf.value }]))}`;
    case 'wildcard':
      return `${path}: ${cased(leaf, pattern(leaf.pattern))}`;
    case 'regex':
      return `${path}: /${leaf.source.replace(/\\.|\//gs, (found) => (found === '/' ? '\\/' : found))}/${leaf.flags ?? ''}`;
    case 'cidr':
      return `${path}: ${leaf.network}`;
    case 'compare':
      return `${path} ${COMPARISONS[leaf.op]} ${leaf.value}`;
    case 'datePart':
      return `${path}: ${leaf.part}(${leaf.op === 'eq' ? '' : `${COMPARISONS[leaf.op]} `}${leaf.value})`;
    case 'fieldRef':
      return `${path}: ${cased(leaf, `${FIELD_REFS[leaf.op]}(${printPath(leaf.other)})`)}`;
  }
}

function cased(leaf: { readonly cased?: boolean }, text: string): string {
  return leaf.cased ? `cased(${text})` : text;
}

function printPath(path: string): string {
  return /^[\p{L}\p{N}_@.-]+$/u.test(path) && !/^(?:and|or|not)$/i.test(path) ? path : quote(path);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Unquoted form wherever a wildcard occurs; a pattern without one is quoted. */
function pattern(parts: readonly PatternPart[]): string {
  const written = parts.filter((part) => 'wild' in part || part.text !== '');
  if (written.every((part) => 'text' in part)) return quote(written.map((part) => part.text).join(''));
  return written
    .map((part) => ('wild' in part ? part.wild : part.text.replace(/[ \t\r\n()":<>*?\\/]/g, '\\$&')))
    .join('');
}
