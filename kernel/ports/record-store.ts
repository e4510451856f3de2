/** Port: where records are kept. Compare-and-set on one record; `get` reads your own writes; search sees them within 1 s. */
import type { CollectionName, Collections } from '../collections.js';
import type { FieldValue, Scalar } from '../event.js';
import type { Query } from '../query/ast.js';
import type { Page } from '../schema/pieces.js';
import type { Scope } from '../scope.js';

/** A record with its version: 1 when created, one more with every replacement. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

export type WriteOperation = {
  [C in CollectionName]:
    | { readonly kind: 'create'; readonly collection: C; readonly value: Collections[C] }
    | {
        readonly kind: 'replace';
        readonly collection: C;
        readonly value: Collections[C];
        readonly version: number;
      }
    | { readonly kind: 'remove'; readonly collection: C; readonly id: string; readonly version?: number };
}[CollectionName];

export type WriteOutcome =
  | { readonly ok: true; readonly versions: readonly number[] }
  /** `at` is the index of the operation that could not be done; no operation of the group took effect on embedded stores. */
  | {
      readonly ok: false;
      readonly reason: 'exists' | 'conflict' | 'absent' | 'out_of_scope';
      readonly at: number;
    };

export interface SortBy {
  readonly path: string;
  readonly order: 'asc' | 'desc';
}

export interface RecordSearch {
  readonly query: Query;
  /**
   * Default: newest by id, descending. `severity` sorts by rank, `outcome` by urgency. Of several paths (at most 4) the
   * first counts most. Ties by id, in the order of the last.
   */
  readonly sort?: SortBy | readonly SortBy[];
  /** 1 to 1,000; default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** A few values of one record, in the order that they were asked for; null where the path is absent. */
export interface PickedValues {
  readonly id: string;
  readonly values: readonly (FieldValue | null)[];
}

/** A figure of a group: how many records, or of one path the sum or the greatest or least by sort order. */
export type GroupFigure =
  { readonly of: 'count' } | { readonly of: 'sum' | 'greatest' | 'least'; readonly path: string };

export interface RecordGrouping {
  readonly query: Query;
  /** Faceted paths of the collection, or `unit`, `realm`, `classification`: 1 to 4. */
  readonly by: readonly string[];
  /** Figures asked for besides the count; `sum` counts what is no number as 0. */
  readonly figures?: readonly Exclude<GroupFigure, { of: 'count' }>[];
  /** Values of the group's newest record (by id). */
  readonly newest?: readonly string[];
  /** At most so many ids of each group, newest first; 0 to 100, default 0. */
  readonly ids?: number;
  /** By figures that are asked for; default: greatest count first. Ties by the values that the group is made of. */
  readonly sort?: readonly { readonly figure: GroupFigure; readonly order: 'asc' | 'desc' }[];
  /** 1 to 1,000; default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Lists are in the order in which the grouping named them; null stands for absence. */
export interface RecordGroup {
  readonly values: readonly (FieldValue | null)[];
  readonly count: number;
  /** Of equals by sort order (`outcome`) the greater text is the greatest. */
  readonly figures: readonly (Scalar | null)[];
  readonly newest: readonly (FieldValue | null)[];
  readonly ids: readonly string[];
}

export interface GroupPage {
  /** Records of the whole result. */
  readonly total: number;
  /** Groups of the whole result. */
  readonly groups: number;
  readonly items: readonly RecordGroup[];
  readonly next: string | null;
}

export interface RecordStore {
  /** Undefined where it is absent or outside the scope: the two cannot be told apart. */
  get<C extends CollectionName>(
    scope: Scope,
    collection: C,
    id: string,
  ): Promise<Versioned<Collections[C]> | undefined>;
  /**
   * Does the operations in order, synced to disk on return. Embedded: all or none. Elsewhere grouping is only an
   * optimisation, so callers order them to be safe when cut short. A record outside the scope fails the group.
   */
  write(scope: Scope, operations: readonly WriteOperation[]): Promise<WriteOutcome>;
  search<C extends CollectionName>(
    scope: Scope,
    collection: C,
    request: RecordSearch,
  ): Promise<Page<Versioned<Collections[C]>>>;
  /** Counts of each value of each path over the whole result, most frequent first, at most `size` (default 20) each; the empty string counts absence. */
  facets<C extends CollectionName>(
    scope: Scope,
    collection: C,
    request: { readonly query: Query; readonly paths: readonly string[]; readonly size?: number },
  ): Promise<{ readonly total: number; readonly facets: Readonly<Record<string, readonly Facet[]>> }>;
  /** Records with the same values as one row, exact over the whole result; a bag of several values is one value. */
  groups<C extends CollectionName>(scope: Scope, collection: C, request: RecordGrouping): Promise<GroupPage>;
  /**
   * Values of the collection's own paths over the whole result, in no order, without reading a record. Not paged: for
   * what is kept in memory anyway.
   */
  pick<C extends CollectionName>(
    scope: Scope,
    collection: C,
    request: { readonly query: Query; readonly paths: readonly string[] },
  ): Promise<readonly PickedValues[]>;
  /** Bytes on disk. */
  size(): Promise<number>;
  /** A consistent copy into an existing empty folder. */
  backup(folder: string): Promise<void>;
  close(): Promise<void>;
}
