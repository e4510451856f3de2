/** What every record store shares of grouping: the bound request, the order of groups, cursors, and the plain way of counting. */
import { COLLECTIONS, type CollectionName } from '#kernel/collections.js';
import type { Fields, FieldValue, Scalar } from '#kernel/event.js';
import type { GroupFigure, GroupPage, RecordGroup, RecordGrouping } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import { FaultError, fault } from '#kernel/errors.js';
import { limitWithin } from './event-request.js';
import { decodeCursor, encodeCursor } from './page-cursor.js';
import { queryablePaths } from './record-fields.js';
import { bindRecordQuery, compareSortKeys, sortKeyOf, unknownPath, type SortKey } from './record-request.js';
import { compareText } from './text-order.js';

type PathFigure = Exclude<GroupFigure, { of: 'count' }>;

/** Where a group stands: a key for each figure that is sorted by, then what the group is made of. */
export interface GroupPosition {
  readonly keys: readonly SortKey[];
  readonly values: readonly (FieldValue | null)[];
}

export interface BoundGrouping {
  readonly query: Query;
  readonly by: readonly string[];
  readonly figures: readonly PathFigure[];
  readonly newest: readonly string[];
  readonly ids: number;
  /** `at`: index in `figures`, or -1 for the count. */
  readonly sort: readonly { readonly at: number; readonly path: string; readonly order: 'asc' | 'desc' }[];
  readonly limit: number;
  readonly after: GroupPosition | undefined;
}

/** A page before its cursor is written. */
export interface BareGroupPage extends Omit<GroupPage, 'next'> {
  readonly last: GroupPosition | null;
}

const MOST_PATHS = 4;
const BY_COUNT: NonNullable<RecordGrouping['sort']> = [{ figure: { of: 'count' }, order: 'desc' }];

/** Throws `invalid_query`, `invalid_request` or `invalid_cursor`. */
export function bindGrouping(collection: CollectionName, request: RecordGrouping): BoundGrouping {
  const { by, figures = [], newest = [], ids = 0 } = request;
  limitWithin(by.length, MOST_PATHS, 'by');
  const groupable = ['unit', 'realm', 'classification', ...COLLECTIONS[collection].faceted];
  const known = queryablePaths(collection);
  const stranger =
    by.find((path) => !groupable.includes(path)) ??
    [...figures.map(({ path }) => path), ...newest].find((path) => !known.includes(path));
  if (stranger !== undefined) throw unknownPath(collection, stranger);
  if (ids !== 0) limitWithin(ids, 100, 'ids');
  const sort = (request.sort ?? BY_COUNT).map(({ figure, order }) => {
    if (figure.of === 'count') return { at: -1, path: 'count', order };
    const at = figures.findIndex(({ of, path }) => of === figure.of && path === figure.path);
    if (at < 0)
      throw new FaultError(
        fault('invalid_request', undefined, [
          { at: '/sort', message: `sorted by \`${figure.path}\`, which is not asked for` },
        ]),
      );
    return { at, path: figure.path, order };
  });
  return {
    query: bindRecordQuery(collection, request.query),
    ...{ by, figures, newest, ids, sort },
    limit: limitWithin(request.limit ?? 50, 1000, 'limit'),
    after: request.cursor === undefined ? undefined : readCursor(collection, by, sort, request.cursor),
  };
}

function cursorKind(collection: string, by: readonly string[], sort: BoundGrouping['sort']): string {
  return `${collection}/${by.join(',')}:${sort.map(({ at, path, order }) => `${at}:${path}:${order}`).join(',')}`;
}

function readCursor(
  collection: CollectionName,
  by: readonly string[],
  sort: BoundGrouping['sort'],
  cursor: string,
): GroupPosition {
  const types = [...sort.map(() => 'any' as const), ...by.map(() => 'any' as const)];
  const read = decodeCursor(cursorKind(collection, by, sort), cursor, types) as (Scalar | null)[];
  const values = read.slice(sort.length).map((text) => {
    if (text === null) return null;
    try {
      return JSON.parse(String(text)) as FieldValue;
    } catch {
      throw new FaultError(fault('invalid_cursor'));
    }
  });
  return { keys: read.slice(0, sort.length) as SortKey[], values };
}

export function writeGroupPage(
  collection: CollectionName,
  { by, sort }: BoundGrouping,
  { last, ...page }: BareGroupPage,
): GroupPage {
  const values = last?.values.map((value) => (value === null ? null : JSON.stringify(value))) ?? [];
  return {
    ...page,
    next: last && encodeCursor(cursorKind(collection, by, sort), [...last.keys, ...values]),
  };
}

/** Absent first, then by text: the order of groups whose figures are equal. */
export function compareValues(a: readonly (FieldValue | null)[], b: readonly (FieldValue | null)[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? null;
    if (left === right) continue;
    if (left === null) return -1;
    if (right === null) return 1;
    const found = compareText(textOf(left), textOf(right));
    if (found !== 0) return found;
  }
  return 0;
}

function textOf(value: FieldValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Negative where `a` comes first. */
export function compareGroups(sort: BoundGrouping['sort']): (a: GroupPosition, b: GroupPosition) => number {
  return (a, b) => {
    for (const [at, { order }] of sort.entries()) {
      const found = compareSortKeys(a.keys[at] as SortKey, b.keys[at] as SortKey);
      if (found !== 0) return order === 'asc' ? found : -found;
    }
    return compareValues(a.values, b.values);
  };
}

/** Sort order, and text where that is equal: which of two values is the greater figure. */
export function compareFigures(path: string, a: Scalar | null, b: Scalar | null): number {
  const found = compareSortKeys(sortKeyOf(path, a ?? undefined), sortKeyOf(path, b ?? undefined));
  return found || compareText(String(a ?? ''), String(b ?? ''));
}

export function firstOf(value: FieldValue | undefined): Scalar | null {
  return (Array.isArray(value) ? (value as readonly Scalar[])[0] : (value as Scalar | undefined)) ?? null;
}

interface Gathered {
  readonly values: readonly (FieldValue | null)[];
  readonly rows: { readonly id: string; readonly fields: Fields }[];
}

/** Groups rows one by one: for what is small, and the reading that faster ways are held against. */
export function groupRows(
  rows: Iterable<{ readonly id: string; readonly fields: Fields }>,
  grouping: BoundGrouping,
): BareGroupPage {
  const groups = new Map<string, Gathered>();
  let total = 0;
  for (const row of rows) {
    total++;
    const values = grouping.by.map((path) => row.fields[path] ?? null);
    const key = JSON.stringify(values);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { values, rows: [] }));
    group.rows.push(row);
  }
  const compare = compareGroups(grouping.sort);
  const { after, sort } = grouping;
  const positioned = [...groups.values()]
    .map((gathered) => {
      const group = summed(gathered, grouping);
      return { group, values: group.values, keys: sort.map(({ at, path }) => sortKeyIn(group, at, path)) };
    })
    .filter((position) => !after || compare(position, after) > 0)
    .sort(compare);
  const page = positioned.slice(0, grouping.limit);
  const last = page.at(-1);
  return {
    total,
    groups: groups.size,
    items: page.map(({ group }) => group),
    last: last && positioned.length > page.length ? { keys: last.keys, values: last.values } : null,
  };
}

function sortKeyIn(group: RecordGroup, at: number, path: string): SortKey {
  return at < 0 ? group.count : sortKeyOf(path, group.figures[at] ?? undefined);
}

function summed({ values, rows }: Gathered, { figures, newest, ids }: BoundGrouping): RecordGroup {
  const sorted = [...rows].sort((a, b) => compareText(b.id, a.id));
  const first = sorted[0]?.fields ?? {};
  return {
    values,
    count: rows.length,
    figures: figures.map(({ of, path }) => {
      const found = rows.map(({ fields }) => firstOf(fields[path]));
      if (of === 'sum')
        return found.reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0);
      const sign = of === 'greatest' ? 1 : -1;
      return found.reduce((best, one) => (sign * compareFigures(path, one, best) > 0 ? one : best));
    }),
    newest: newest.map((path) => first[path] ?? null),
    ids: sorted.slice(0, ids).map(({ id }) => id),
  };
}
