/** What the record store and its worker say to each other. Records travel as JSON text: the worker never parses one. */
import type { CollectionName } from '#kernel/collections.js';
import type { Fault } from '#kernel/errors.js';
import type { FieldValue } from '#kernel/event.js';
import type { Facet, PickedValues, WriteOutcome } from '#kernel/ports/record-store.js';
import type { Query } from '#kernel/query/ast.js';
import type { StoredRecord } from '../record-fields.js';
import type { BareGroupPage, BoundGrouping } from '../record-groups.js';
import type { BoundRecordSearch, Position } from '../record-request.js';

/** What of a scope crosses to the worker: its columns; the brand is a matter of types. */
export interface PlainScope {
  readonly units: readonly string[];
  readonly ceiling: 1 | 2 | 3;
  readonly realm: string;
}

/** Values of the collection's queryable paths, in their order; null where absent. */
export type Flat = readonly (FieldValue | null)[];

export type PlainOperation =
  | {
      readonly kind: 'create' | 'replace';
      readonly collection: CollectionName;
      readonly placed: StoredRecord;
      readonly flat: Flat;
      readonly json: string;
      /** Of a replacement: the version that must be there. */
      readonly version?: number;
    }
  | {
      readonly kind: 'remove';
      readonly collection: CollectionName;
      readonly id: string;
      readonly version?: number;
    };

export interface RecordRow {
  readonly json: string;
  readonly version: number;
}

export interface RecordCalls {
  get: [{ scope: PlainScope; collection: CollectionName; id: string }, RecordRow | undefined];
  write: [{ scope: PlainScope; operations: readonly PlainOperation[] }, WriteOutcome];
  search: [
    { scope: PlainScope; collection: CollectionName; search: BoundRecordSearch },
    { total: number; rows: readonly RecordRow[]; last: Position | null },
  ];
  facets: [
    {
      scope: PlainScope;
      collection: CollectionName;
      query: Query;
      paths: readonly string[];
      size: number;
    },
    { total: number; facets: Record<string, readonly Facet[]> },
  ];
  groups: [{ scope: PlainScope; collection: CollectionName; grouping: BoundGrouping }, BareGroupPage];
  pick: [
    { scope: PlainScope; collection: CollectionName; query: Query; paths: readonly string[] },
    readonly PickedValues[],
  ];
  size: [Record<string, never>, number];
  backup: [{ file: string }, null];
  close: [Record<string, never>, null];
}

export type CallName = keyof RecordCalls;

export interface CallMessage<N extends CallName = CallName> {
  readonly id: number;
  readonly name: N;
  readonly input: RecordCalls[N][0];
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly fault: Fault };
