/** The query that shows every event of one process: raw events stand behind every node. */
import { and, equals, or, type Query } from '#kernel/query/ast.js';

/** By its id where it has one, in both ways of writing a GUID; else by host and pid, within the time it lived. */
export function processQuery(node: {
  readonly host: string;
  readonly entity?: string;
  readonly pid?: number;
}): Query | undefined {
  const { host, entity, pid } = node;
  const identity =
    entity !== undefined
      ? or(equals('process.entity_id', `{${entity}}`), equals('process.entity_id', entity))
      : pid !== undefined && equals('process.pid', pid);
  return identity ? and(equals('host.name', host), identity) : undefined;
}
