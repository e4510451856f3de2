/** List parameters as queries. */
import { iso, type Clock } from '#kernel/clock.js';
import type { Collections } from '#kernel/collections.js';
import type { RecordStore, SortBy, Versioned } from '#kernel/ports/record-store.js';
import { anyOf, equals, not, type Query } from '#kernel/query/ast.js';
import type { Page } from '#kernel/schema/pieces.js';
import type { Grant } from '#trust/access/authorize.js';
import { instantRange } from '../instant-range.js';
import { valueOf } from '../problems.js';
import { parseInstant } from '../time.js';
import { commaList } from './shapes.js';

/** Any of a comma list; no filter where the list is empty. */
export function oneOf(path: string, list: string | undefined): readonly Query[] {
  const values = commaList(list);
  return values.length === 0 ? [] : [anyOf(path, values)];
}

/** An identifier, `none` for absence, or `me` for who asks. */
export function referring(path: string, value: string | undefined, grant: Grant): readonly Query[] {
  if (!value) return [];
  if (value === 'none') return [not({ kind: 'exists', path })];
  return [equals(path, value === 'me' ? grant.actor.id : value)];
}

export function sameAs(path: string, value: string | undefined): readonly Query[] {
  return value ? [equals(path, value)] : [];
}

/** A column of instants from `from` until before `to`, each as the API takes them. Faults `invalid_request`. */
export function within(
  path: string,
  { from, to }: { readonly from?: string; readonly to?: string },
  clock: Clock,
): Query {
  const nowMs = clock.nowMs();
  const instant = (text: string | undefined, name: string) =>
    text === undefined ? undefined : iso(valueOf(parseInstant(text, name, nowMs)));
  return instantRange(path, instant(from, 'from'), instant(to, 'to'));
}

/** The list parameters that alerts and incidents share. */
interface ListParameters {
  readonly limit?: number;
  readonly cursor?: string;
  /** Paths whose values are to be counted over the whole result. */
  readonly facets?: string;
}

type Counted = Record<string, { value: string; count: number }[]>;

/** One page of a collection and, where asked for, its facets; both at once. */
export async function pageWithFacets<C extends 'alerts' | 'incidents'>(
  records: RecordStore,
  { scope }: Grant,
  collection: C,
  query: Query,
  sort: readonly SortBy[],
  { limit = 50, cursor, facets }: ListParameters,
): Promise<Page<Versioned<Collections[C]>> & { readonly facets?: Counted }> {
  const paths = commaList(facets);
  const [found, counted] = await Promise.all([
    records.search(scope, collection, { query, sort, limit, ...(cursor && { cursor }) }),
    paths.length ? records.facets(scope, collection, { query, paths }) : undefined,
  ]);
  return { ...found, ...(counted && { facets: counted.facets as Counted }) };
}
