/** What every record store shares: which paths may be asked for, sort keys, cursors, facet counting. */
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import { FaultError, fault } from '#kernel/errors.js';
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import type { Facet, RecordSearch, SortBy } from '#kernel/ports/record-store.js';
import { and, not, or, pathsOf, type Query } from '#kernel/query/ast.js';
import { OUTCOMES, outcomeUrgency, SEVERITIES, type Outcome, type Severity } from '#kernel/vocabulary.js';
import { limitWithin } from './event-request.js';
import { decodeCursor, encodeCursor } from './page-cursor.js';
import { PLACED_PATHS, queryablePaths, textPaths } from './record-fields.js';
import { compareText } from './text-order.js';

/** What a record is sorted by: absent first, then numbers (also booleans and ranks), then texts. */
export type SortKey = string | number | null;

/** Where a record stands in the order of a search: a key for each path that is sorted by, and its id. */
export interface Position {
  readonly keys: readonly SortKey[];
  readonly id: string;
}

export interface BoundRecordSearch {
  readonly query: Query;
  /** At least one. */
  readonly sort: readonly SortBy[];
  readonly limit: number;
  readonly after: Position | undefined;
}

const NEWEST: readonly SortBy[] = [{ path: 'id', order: 'desc' }];
const MOST_SORTS = 4;

/** Throws `invalid_query`, `invalid_request` or `invalid_cursor`. */
export function bindRecordSearch(collection: CollectionName, request: RecordSearch): BoundRecordSearch {
  const wanted = [request.sort ?? []].flat() as readonly SortBy[];
  const sort = wanted.length > 0 ? wanted : NEWEST;
  limitWithin(sort.length, MOST_SORTS, 'sort');
  const sortable: readonly string[] = [...PLACED_PATHS, ...COLLECTIONS[collection].sortable];
  const stranger = sort.find(({ path }) => !sortable.includes(path));
  if (stranger) throw unknownPath(collection, stranger.path);
  return {
    query: bindRecordQuery(collection, request.query),
    sort,
    limit: limitWithin(request.limit ?? 50, 1000, 'limit'),
    after: request.cursor === undefined ? undefined : readCursor(collection, sort, request.cursor),
  };
}

function cursorKind(collection: string, sort: readonly SortBy[]): string {
  return `${collection}:${sort.map(({ path, order }) => `${path}:${order}`).join(',')}`;
}

function readCursor(collection: CollectionName, sort: readonly SortBy[], cursor: string): Position {
  const types = [...sort.map(() => 'any' as const), 'string' as const];
  const values = decodeCursor(cursorKind(collection, sort), cursor, types);
  return { keys: values.slice(0, -1) as SortKey[], id: values.at(-1) as string };
}

export function writeRecordCursor(
  collection: CollectionName,
  { sort }: BoundRecordSearch,
  { keys, id }: Position,
): string {
  return encodeCursor(cursorKind(collection, sort), [...keys, id]);
}

/** Position of a record by its flat values. */
export function positionOf(sort: readonly SortBy[], id: string, fields: Fields): Position {
  return { id, keys: sort.map(({ path }) => sortKeyOf(path, path === 'id' ? id : fields[path])) };
}

/** The order of a search; negative where `a` comes first. */
export function comparePositions(sort: readonly SortBy[]): (a: Position, b: Position) => number {
  const directions = sort.map(({ order }) => (order === 'asc' ? 1 : -1));
  const last = directions.at(-1) as number;
  return (a, b) => {
    for (const [at, direction] of directions.entries()) {
      const found = compareSortKeys(a.keys[at] as SortKey, b.keys[at] as SortKey);
      if (found !== 0) return direction * found;
    }
    return last * compareText(a.id, b.id);
  };
}

/** Holds the query to the collection's paths and spells free text out over its text paths. Throws `invalid_query`. */
export function bindRecordQuery(collection: CollectionName, query: Query): Query {
  const known = queryablePaths(collection);
  const stranger = pathsOf(query).find((path) => !known.includes(path));
  if (stranger !== undefined) throw unknownPath(collection, stranger);
  return spellText(query, textPaths(collection));
}

function spellText(query: Query, paths: readonly string[]): Query {
  switch (query.kind) {
    case 'and':
      return and(...query.of.map((part) => spellText(part, paths)));
    case 'or':
      return or(...query.of.map((part) => spellText(part, paths)));
    case 'not':
      return not(spellText(query.of, paths));
    case 'text': {
      const pattern = [{ wild: '*' as const }, ...query.pattern, { wild: '*' as const }];
      const cased = query.cased ?? false;
      return or(...paths.map((path): Query => ({ kind: 'wildcard', path, pattern, cased })));
    }
    default:
      return query;
  }
}

export function boundFacetPaths(collection: CollectionName, paths: readonly string[]): readonly string[] {
  const faceted: readonly string[] = [...PLACED_PATHS, ...COLLECTIONS[collection].faceted];
  const stranger = paths.find((path) => !faceted.includes(path));
  if (stranger !== undefined) throw unknownPath(collection, stranger);
  return paths;
}

/** Paths to be picked. Throws `invalid_query` where one is none of the collection's. */
export function boundPickPaths(collection: CollectionName, paths: readonly string[]): readonly string[] {
  const known = queryablePaths(collection);
  const stranger = paths.find((path) => !known.includes(path));
  if (stranger !== undefined) throw unknownPath(collection, stranger);
  return paths;
}

export function unknownPath(collection: string, path: string): FaultError {
  return new FaultError(fault('invalid_query', { reason: `\`${path}\` is no path of ${collection}` }));
}

/** Sort key of a path's value; of several, the first. `severity` sorts by rank, `outcome` by urgency. */
export function sortKeyOf(path: string, value: FieldValue | undefined): SortKey {
  const first = Array.isArray(value) ? (value as readonly Scalar[])[0] : (value as Scalar | undefined);
  if (first === undefined) return null;
  if (typeof first === 'boolean') return Number(first);
  if (path === 'severity' && SEVERITIES.includes(first as Severity))
    return SEVERITIES.indexOf(first as Severity);
  if (path === 'outcome' && OUTCOMES.includes(first as Outcome)) return outcomeUrgency(first as Outcome);
  return first;
}

export function compareSortKeys(a: SortKey, b: SortKey): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  return typeof b === 'number' ? 1 : compareText(a, b);
}

/** Counts each distinct text of a bag once; the empty string counts absence. */
export function countFacet(counts: Map<string, number>, value: FieldValue | undefined, times = 1): void {
  const texts = Array.isArray(value)
    ? new Set((value as readonly Scalar[]).map(String))
    : [value === undefined ? '' : String(value)];
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + times);
}

/** Most frequent first, ties by text; without sorting the many that do not come in. */
export function topFacets(counts: ReadonlyMap<string, number>, size: number): readonly Facet[] {
  const top: Facet[] = [];
  const compare = (a: Facet, b: Facet): number => b.count - a.count || compareText(a.value, b.value);
  for (const [value, count] of counts) {
    const facet = { value, count };
    const last = top[size - 1];
    if (last && compare(facet, last) > 0) continue;
    if (last) top.pop();
    let at = top.length;
    while (at > 0 && compare(facet, top[at - 1] as Facet) < 0) at--;
    top.splice(at, 0, facet);
  }
  return top;
}
