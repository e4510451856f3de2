/**
 * Records that rules are judged on where they lie. Making an event of a record costs more than judging it, and most records
 * match nothing: a shape says what the event would have, without making it.
 */
import type { FieldValue } from './event.js';

/** What reads the value that the event of a record would have at one path. */
export type FieldReader<R> = (record: R) => FieldValue | undefined;

/** INVARIANT: whatever is said here is what the normalizer makes of the record; a test compares them. */
export interface RecordShape<R> {
  /** Undefined where the path cannot be read without making the event. */
  reader(path: string): FieldReader<R> | undefined;
  /** What the values of the event are cut from; undefined for a record of which some are put together from several. */
  texts(record: R): readonly FieldValue[] | undefined;
  /** True where a folded literal cannot stand in a value of an event without standing in one of its record's texts. */
  readsAll(literal: string): boolean;
}

/** A record before it is an event. */
export interface Unread<R = unknown> {
  readonly shape: RecordShape<R>;
  readonly record: R;
  /** Values that the event has besides those of the record: of its file, of its sender. */
  readonly beside: readonly FieldValue[];
}
