/** A value that was clicked, added to the query's text. */
import { writtenPath } from './completion.js';

export type PivotKind = 'include' | 'exclude' | 'exists';

/** A value as the query language reads it: quoted; within quotes only these two are escapes. */
export function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** `q` narrowed to (or without) events that have the value, or the field at all. The same condition is not added twice. */
export function narrowed(q: string, path: string, value: string, include: boolean | PivotKind): string {
  const kind = include === true ? 'include' : include === false ? 'exclude' : include;
  const clause = `${kind === 'exclude' ? 'not ' : ''}${writtenPath(path)}: ${kind === 'exists' ? '*' : quoted(value)}`;
  const before = q.trim();
  if (!before || before === '*') return clause;
  if (before.split(/ and /i).includes(clause)) return before;
  return `${/\bor\b/i.test(before) ? `(${before})` : before} and ${clause}`;
}
