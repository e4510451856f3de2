/** Partial evaluation: what is left of a query once some of its leaves are known. */
import { ALL, and, NONE, not, or, type Leaf, type Query } from '#kernel/query/ast.js';

/** Undefined where it is not known whether the leaf holds. */
export type Known = (leaf: Leaf) => boolean | undefined;

export function simplify(query: Query, known: Known): Query {
  switch (query.kind) {
    case 'all':
    case 'none':
      return query;
    case 'and':
      return and(...query.of.map((part) => simplify(part, known)));
    case 'or':
      return or(...query.of.map((part) => simplify(part, known)));
    case 'not':
      return not(simplify(query.of, known));
    default: {
      const holds = known(query);
      return holds === undefined ? query : holds ? ALL : NONE;
    }
  }
}
