/** A value that was clicked, added to the query's text. */

/** A value as the query language reads it: quoted; within quotes only these two are escapes. */
export function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** `q` narrowed to (or without) events that have the value. The same condition is not added twice. */
export function narrowed(q: string, path: string, value: string, include: boolean): string {
  const clause = `${include ? '' : 'not '}${path}: ${quoted(value)}`;
  const before = q.trim();
  if (!before || before === '*') return clause;
  if (before.split(/ and /i).includes(clause)) return before;
  return `${/\bor\b/i.test(before) ? `(${before})` : before} and ${clause}`;
}
