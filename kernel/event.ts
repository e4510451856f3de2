/** The event model: one log record as flat ECS paths, and the frame, the unit of acceptance and judgement. */
import type { Classification, Realm, UnitPath } from './scope.js';

/** A single value of a path. Null does not exist here: absent, null and `[]` are equal, so none of them is stored. */
export type Scalar = string | number | boolean;

/** A path is a bag of scalars: one, or several (order kept for people, never for meaning). Never empty. */
export type FieldValue = Scalar | readonly Scalar[];

/** Flat dotted ECS (and vendor) paths, such as `source.ip` or `winlog.event_data.CommandLine`. */
export type Fields = Record<string, FieldValue>;

/** What a collector hands to the journal: normalised, not yet accepted. */
export interface NewEvent {
  /** The sender's own identifier (`_index` and `_id` of a bulk item), if it gave one: makes a retry harmless. */
  readonly senderId?: string;
  /** Event time, epoch milliseconds. Falls back to the time of receipt; then `event.created` tells so. */
  readonly timeMs: number;
  readonly unit: UnitPath;
  readonly realm: Realm;
  readonly classification: Classification;
  /** Identifier of the source record (`src_…`) it came through. */
  readonly source: string;
  readonly fields: Fields;
}

/** An accepted event. Immutable. */
export interface Event {
  /** `evt_…`; derived from `senderId` where there is one, else from journal and sequence: the same after any restart. */
  readonly id: string;
  /** Ingest sequence within the journal: from 1, without gaps. */
  readonly seq: number;
  readonly timeMs: number;
  /** When its frame was made, epoch milliseconds; all events of a frame share it. */
  readonly ingestedMs: number;
  readonly unit: UnitPath;
  readonly realm: Realm;
  readonly classification: Classification;
  readonly source: string;
  readonly fields: Fields;
}

/** One sync group of the journal. Lies within one UTC ingest day; is judged whole, under one version of the rules. */
export interface Frame {
  /** Identifier of the journal (`jrn_…`), one per collecting node. */
  readonly journal: string;
  /** Number within the journal: from 1, without gaps. */
  readonly number: number;
  readonly ingestedMs: number;
  readonly firstSeq: number;
  readonly events: readonly Event[];
}

/** Path that marks what was replayed from a recording that came along: the recording's id. */
export const SAMPLE_PATH = 'fenghuo.sample';

/** UTC day (`YYYY-MM-DD`) of an instant in epoch milliseconds: the day an event is stored under is that of its ingest. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The bag of a path, or undefined. What every object inherits (`constructor`, `__proto__`) is no field. */
export function bagOf(fields: Fields, path: string): FieldValue | undefined {
  return Object.hasOwn(fields, path) ? fields[path] : undefined;
}

/** All scalars of a path as a list; empty where the path is absent. */
export function valuesOf(fields: Fields, path: string): readonly Scalar[] {
  const value = bagOf(fields, path);
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
}

/** The first scalar of a path as text, or undefined where the path is absent. */
export function textOf(fields: Fields, path: string): string | undefined {
  const value = bagOf(fields, path);
  if (value === undefined) return undefined;
  const first: Scalar | undefined = Array.isArray(value)
    ? (value as readonly Scalar[])[0]
    : (value as Scalar);
  return first === undefined ? undefined : String(first);
}
