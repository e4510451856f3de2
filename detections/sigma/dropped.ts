/** What pipelines leave out of a rule: neither true nor false, as if it had not been written. */
import { and, not, or, type Query } from '#kernel/query/ast.js';

/** Known by its identity; it never stays in a query that {@link allOf} or {@link anyOf} made of anything else. */
export const DROPPED: Query = { kind: 'all' };

/** All that are not dropped; dropped if none is left. */
export function allOf(queries: readonly Query[]): Query {
  return joined(queries, and);
}

/** Any of those that are not dropped; dropped if none is left. */
export function someOf(queries: readonly Query[]): Query {
  return joined(queries, or);
}

export function noneOf(query: Query): Query {
  return query === DROPPED ? DROPPED : not(query);
}

function joined(queries: readonly Query[], join: (...of: readonly Query[]) => Query): Query {
  const kept = queries.filter((query) => query !== DROPPED);
  return kept.length === 0 && queries.length > 0 ? DROPPED : join(...kept);
}
