/** Searching a collection in SQL: what columns can say exactly is left to SQLite, the rest the predicate judges on flat values. */
import type { CollectionName } from '#kernel/collections.js';
import type { Fields } from '#kernel/event.js';
import type { Facet, PickedValues } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import { fold } from '#kernel/query/fold.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { queryablePaths } from '../record-fields.js';
import { groupRows, type BareGroupPage, type BoundGrouping } from '../record-groups.js';
import {
  comparePositions,
  countFacet,
  positionOf,
  topFacets,
  type BoundRecordSearch,
  type Position,
  type SortKey,
} from '../record-request.js';
import { isWellFormed, PART } from './day-table.js';
import { patience } from './patience.js';
import { scopeSql } from './event-sql.js';
import type { Flat, PlainScope } from './record-messages.js';
import { fieldsOf, searchColumns } from './record-tables.js';
import { between, every, exactly, FALSE, negate, some, sql, TRUE, type Bounds, type Sql } from './sql.js';
import type { Database } from './sqlite.js';

type Columns = ReturnType<typeof searchColumns>;

/** Rows with more than a column can hold are judged one by one. */
function compile(query: Query, columns: Columns): Bounds {
  const { lower, upper, exact } = compileNode(query, columns);
  if (exact && (lower === TRUE || lower === FALSE)) return { lower, upper, exact };
  return { lower: every(lower, sql('odd = 0')), upper: some(upper, sql('odd = 1')), exact };
}

function compileNode(query: Query, columns: Columns): Bounds {
  switch (query.kind) {
    case 'all':
      return exactly(TRUE);
    case 'none':
      return exactly(FALSE);
    case 'and':
    case 'or': {
      const parts = query.of.map((part) => compileNode(part, columns));
      const combine = query.kind === 'and' ? every : some;
      return {
        lower: combine(...parts.map((part) => part.lower)),
        upper: combine(...parts.map((part) => part.upper)),
        exact: parts.every((part) => part.exact),
      };
    }
    case 'not': {
      const { lower, upper, exact } = compileNode(query.of, columns);
      return { lower: negate(upper), upper: negate(lower), exact };
    }
    case 'exists':
      return exactly(sql(`(${textColumn(columns, query.path)} IS NOT NULL)`));
    case 'equals': {
      const column = textColumn(columns, query.path);
      const wanted = fold(String(query.value));
      if (wanted.includes(PART) || wanted.includes('\u0000') || !isWellFormed(wanted)) return exactly(FALSE);
      const bag = `(${column} >= '${PART}' AND ${column} < ' ' AND instr(${column}, ?) > 0)`;
      const holds = sql(
        `(${column} IS NOT NULL AND (${column} = ? OR ${bag}))`,
        wanted,
        PART + wanted + PART,
      );
      return query.cased ? between(FALSE, holds) : exactly(holds);
    }
    case 'compare': {
      const column = columns.sort.get(query.path);
      if (!column?.startsWith('s') || query.path === 'severity') return between(FALSE, TRUE);
      const operator = { lt: '<', lte: '<=', gt: '>', gte: '>=' }[query.op];
      const isNumber = `typeof(${column}) IN ('integer', 'real')`;
      return between(
        sql(`(${isNumber} AND ${column} ${operator} ?)`, query.value),
        sql(`(typeof(${column}) = 'text' OR (${isNumber} AND ${column} ${operator} ?))`, query.value),
      );
    }
    default:
      return between(FALSE, TRUE);
  }
}

function textColumn(columns: Columns, path: string): string {
  const column = columns.text.get(path);
  if (!column) throw new Error(`no column ${path}`);
  return column;
}

/** Rows of a query under a scope: `sure` is 1 where SQL alone decides. */
function* rowsOf(
  database: Database,
  collection: CollectionName,
  scope: PlainScope,
  query: Query,
  order: string,
): Iterable<{ id: string; fields: Fields }> {
  const paths = queryablePaths(collection);
  const bounds = compile(query, searchColumns(collection));
  const holds = patience()(compilePredicate(query));
  const where = every(scopeSql(scope), bounds.upper);
  const rows = database
    .prepare(
      `SELECT id, (SELECT flat FROM ${collection} r WHERE r.id = s.id) AS flat, ${bounds.lower.text} AS sure ` +
        `FROM ${collection}_search s WHERE ${where.text} ${order}`,
    )
    .iterate(...plain(bounds.lower.values), ...plain(where.values)) as Iterable<{
    id: string;
    flat: string;
    sure: number;
  }>;
  for (const { id, flat, sure } of rows) {
    const fields = fieldsOf(paths, JSON.parse(flat) as Flat);
    if (sure === 1 || holds(fields)) yield { id, fields };
  }
}

function plain(values: Sql['values']): (string | number)[] {
  return values.map((value) => (typeof value === 'bigint' ? Number(value) : value));
}

export function searchSql(
  database: Database,
  collection: CollectionName,
  scope: PlainScope,
  search: BoundRecordSearch,
): { total: number; ids: string[]; last: Position | null } {
  const columns = searchColumns(collection);
  const keys = search.sort.map(({ path, order }) => ({ column: columns.sort.get(path) ?? 'id', order }));
  const tie = { column: 'id', order: keys.at(-1)?.order ?? 'desc' } as const;
  const order = `ORDER BY ${[...keys.filter(({ column }) => column !== 'id'), tie]
    .map((key) => `${key.column} ${key.order === 'asc' ? 'ASC' : 'DESC'}`)
    .join(', ')}`;
  const bounds = compile(search.query, columns);
  const found: Position[] = [];
  let total = 0;

  if (bounds.exact && !hasOdd(database, collection)) {
    const where = every(scopeSql(scope), bounds.lower);
    const counted = database
      .prepare(`SELECT count(*) AS n FROM ${collection}_search WHERE ${where.text}`)
      .get(...plain(where.values)) as { n: number };
    total = counted.n;
    const { after } = search;
    const places = keys.map((key, at) => ({ ...key, key: after?.keys[at] ?? null }));
    const page = every(where, after ? behind([...places, { ...tie, key: after.id }]) : TRUE);
    const picked = keys.map(({ column }, at) => `${column} AS k${at}`).join(', ');
    const rows = database
      .prepare(
        `SELECT id, ${picked} FROM ${collection}_search WHERE ${page.text} ${order} LIMIT ${search.limit + 1}`,
      )
      .all(...plain(page.values)) as ({ id: string } & Record<string, SortKey>)[];
    for (const row of rows) found.push({ id: row.id, keys: keys.map((_, at) => row[`k${at}`] ?? null) });
  } else {
    const compare = comparePositions(search.sort);
    for (const { id, fields } of rowsOf(database, collection, scope, search.query, order)) {
      total++;
      if (found.length > search.limit) continue;
      const position = positionOf(search.sort, id, fields);
      if (!search.after || compare(position, search.after) > 0) found.push(position);
    }
  }
  const first = found.slice(0, search.limit);
  const last = first.at(-1);
  return {
    total,
    ids: first.map((row) => row.id),
    last: last && found.length > first.length ? last : null,
  };
}

function hasOdd(database: Database, collection: CollectionName): boolean {
  return database.prepare(`SELECT 1 FROM ${collection}_search WHERE odd = 1 LIMIT 1`).get() !== undefined;
}

interface Place {
  readonly column: string;
  readonly order: 'asc' | 'desc';
  readonly key: SortKey;
}

/** Rows strictly behind a position: by the first of its places, or alike there and behind by the others. NULL sorts first. */
function behind([first, ...others]: readonly Place[]): Sql {
  if (!first) return FALSE;
  const { column, order, key } = first;
  const strictly =
    order === 'asc'
      ? key === null
        ? sql(`${column} IS NOT NULL`)
        : sql(`${column} > ?`, key)
      : key === null
        ? FALSE
        : column === 'id'
          ? sql('id < ?', key)
          : sql(`(${column} < ? OR ${column} IS NULL)`, key);
  // Nothing is alike in `id`.
  if (column === 'id' || others.length === 0) return strictly;
  const alike = key === null ? sql(`${column} IS NULL`) : sql(`${column} = ?`, key);
  return some(strictly, every(alike, behind(others)));
}

export function groupsSql(
  database: Database,
  collection: CollectionName,
  scope: PlainScope,
  grouping: BoundGrouping,
): BareGroupPage {
  return groupRows(rowsOf(database, collection, scope, grouping.query, ''), grouping);
}

export function pickSql(
  database: Database,
  collection: CollectionName,
  scope: PlainScope,
  query: Query,
  wanted: readonly string[],
): readonly PickedValues[] {
  return Array.from(rowsOf(database, collection, scope, query, ''), ({ id, fields }) => ({
    id,
    values: wanted.map((path) => fields[path] ?? null),
  }));
}

export function facetsSql(
  database: Database,
  collection: CollectionName,
  scope: PlainScope,
  query: Query,
  wanted: readonly string[],
  size: number,
): { total: number; facets: Record<string, readonly Facet[]> } {
  const counts = new Map(wanted.map((path) => [path, new Map<string, number>()]));
  let total = 0;
  for (const { fields } of rowsOf(database, collection, scope, query, '')) {
    total++;
    for (const [path, counted] of counts) countFacet(counted, fields[path]);
  }
  const facets = [...counts].map(([path, counted]) => [path, topFacets(counted, size)] as const);
  return { total, facets: Object.fromEntries(facets) };
}
