/**
 * A range of instants over a record's ISO column as a query. The language compares numbers, not times; but ISO 8601 in
 * UTC sorts as text, and a range of text is a union of prefixes. Exact to the millisecond in every store.
 */
import { ALL, NONE, or, type Query } from '#kernel/query/ast.js';

const FORM = 'dddd-dd-ddTdd:dd:dd.dddZ';
const startsWith = (path: string, value: string): Query => ({ kind: 'startsWith', path, value });

/** `fromIso` inclusive, `toIso` exclusive; both as `Date.prototype.toISOString` writes years 0 to 9999. */
export function instantRange(path: string, fromIso?: string, toIso?: string): Query {
  if (fromIso === undefined && toIso === undefined) return ALL;
  if (fromIso !== undefined && toIso !== undefined && fromIso >= toIso) return NONE;
  let shared = 0;
  if (fromIso !== undefined && toIso !== undefined) while (fromIso[shared] === toIso[shared]) shared += 1;
  const prefixes: string[] = [];
  const low = fromIso;
  const high = toIso;
  if (low !== undefined && high !== undefined)
    prefixes.push(...between(low, shared, digit(low, shared) + 1, digit(high, shared) - 1));
  const start = low !== undefined && high !== undefined ? shared + 1 : 0;
  for (let at = start; at < FORM.length; at += 1) {
    if (FORM[at] !== 'd') continue;
    if (low !== undefined) prefixes.push(...between(low, at, digit(low, at) + 1, 9));
    if (high !== undefined) prefixes.push(...between(high, at, 0, digit(high, at) - 1));
  }
  if (low !== undefined) prefixes.push(low);
  return or(...prefixes.map((prefix) => startsWith(path, prefix)));
}

const digit = (text: string, at: number): number => Number(text[at]);

/** The prefixes that share `text` before `at` and have a digit from `first` to `last` there. */
function between(text: string, at: number, first: number, last: number): string[] {
  const found: string[] = [];
  for (let next = first; next <= last; next += 1) found.push(`${text.slice(0, at)}${next}`);
  return found;
}
