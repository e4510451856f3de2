/** Says why a query does not hold for an event: what a person who wrote a rule must look at. */
import type { Fields } from '#kernel/event.js';
import { pathsOf, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { printQuery } from '#kernel/query/print.js';

const MAX_REASONS = 5;
const MAX_PATHS = 3;
const MAX_TEXT = 160;

/** Sentences, at most five; none if the query holds. */
export function whyNot(query: Query, fields: Fields): readonly string[] {
  return reasons(query, fields).slice(0, MAX_REASONS);
}

function reasons(query: Query, fields: Fields): string[] {
  if (compilePredicate(query)(fields)) return [];
  if (query.kind === 'and') return query.of.flatMap((part) => reasons(part, fields));
  const told = `\`${cut(printQuery(query.kind === 'not' ? query.of : query))}\``;
  const paths = pathsOf(query);
  const seen = paths.slice(0, MAX_PATHS).map((path) => `\`${path}\` is ${shown(fields[path])}`);
  if (paths.length > MAX_PATHS) seen.push('…');
  const wanted = query.kind === 'not' ? `${told} must not hold` : `${told} must hold`;
  return [seen.length > 0 ? `${wanted}: ${seen.join(', ')}` : wanted];
}

function shown(value: Fields[string] | undefined): string {
  if (value === undefined || value === null) return 'absent';
  return `\`${cut(Array.isArray(value) ? value.join('`, `') : String(value))}\``;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
