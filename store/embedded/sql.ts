/**
 * Conditions in SQL with bound parameters, and a query compiled from both sides: `lower` holds only for what matches,
 * `upper` for all that does. Where they are the same the SQL is exact; what lies between them the predicate decides.
 */

export type SqlValue = string | bigint | number;

/** A condition that is never NULL; `?` stands for the parameters in their order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export interface Bounds {
  readonly lower: Sql;
  readonly upper: Sql;
  /** The two are the same (odd rows aside). */
  readonly exact: boolean;
}

export const TRUE: Sql = { text: 'TRUE', values: [] };
export const FALSE: Sql = { text: 'FALSE', values: [] };

export function sql(text: string, ...values: readonly SqlValue[]): Sql {
  return { text, values };
}

/** A text as a literal, for statements that take no parameters. */
export function quotedSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Joined by halves: a long row of conditions must not become a deep tree, which the engine refuses. */
function join(parts: readonly Sql[], operator: 'AND' | 'OR'): Sql {
  if (parts.length === 1) return parts[0] as Sql;
  const middle = parts.length >> 1;
  const left = join(parts.slice(0, middle), operator);
  const right = join(parts.slice(middle), operator);
  return { text: `(${left.text} ${operator} ${right.text})`, values: [...left.values, ...right.values] };
}

export function every(...parts: readonly Sql[]): Sql {
  if (parts.includes(FALSE)) return FALSE;
  const kept = parts.filter((part) => part !== TRUE);
  return kept.length === 0 ? TRUE : join(kept, 'AND');
}

export function some(...parts: readonly Sql[]): Sql {
  if (parts.includes(TRUE)) return TRUE;
  const kept = parts.filter((part) => part !== FALSE);
  return kept.length === 0 ? FALSE : join(kept, 'OR');
}

export function negate(part: Sql): Sql {
  if (part === TRUE) return FALSE;
  return part === FALSE ? TRUE : { text: `(NOT ${part.text})`, values: part.values };
}

export function exactly(condition: Sql): Bounds {
  return { lower: condition, upper: condition, exact: true };
}

export function between(lower: Sql, upper: Sql): Bounds {
  return { lower, upper, exact: false };
}
