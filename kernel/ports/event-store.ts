/** Port: where events are kept. Every method that reads takes a `Scope`; there is no overload without it. */
import type { Event, Frame } from '../event.js';
import type { Query } from '../query/ast.js';
import type { Page } from '../schema/pieces.js';
import type { Scope } from '../scope.js';

export interface EventSearch {
  readonly query: Query;
  /** Only what came through this source (`src_…`): a fact of the transport, not of the log, so no query can name it. */
  readonly source?: string;
  /** Event time, epoch milliseconds: from inclusive, to exclusive. Absent: unbounded. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Newest first by default; ties by ingest sequence. */
  readonly order?: 'newest' | 'oldest';
  /** 1 to 1,000; default 100. A page of very large events may end earlier; its `next` goes on behind it. */
  readonly limit?: number;
  /** Opaque, from the page before. */
  readonly cursor?: string;
  readonly signal?: AbortSignal;
}

export interface EventPage extends Page<Event> {
  /** False where counting was stopped at 10,000: `total` is then a lower bound. */
  readonly totalExact: boolean;
}

export interface HistogramRequest {
  readonly query: Query;
  /** As in `EventSearch`. */
  readonly source?: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Bucket width in milliseconds; at most 1,000 buckets. */
  readonly stepMs: number;
  readonly signal?: AbortSignal;
}

export interface HistogramBucket {
  readonly fromMs: number;
  readonly count: number;
}

export interface TermsRequest {
  readonly query: Query;
  /** As in `EventSearch`. */
  readonly source?: string;
  readonly path: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Default 10, at most 100. */
  readonly size?: number;
  readonly signal?: AbortSignal;
}

/** One ingest day as it lies on disk. */
export interface EventDay {
  /** `YYYY-MM-DD`, UTC, of ingest. */
  readonly day: string;
  readonly events: number;
  readonly bytes: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
}

/** A frame in the form of the store that made it: its events need not be kept any longer. */
export interface StagedFrame {
  readonly journal: string;
  readonly number: number;
  readonly firstSeq: number;
  /** How many. */
  readonly events: number;
  /** Of the staged form; about what appending it takes of the store's memory. */
  readonly bytes: number;
}

/** Appending in two steps, so that what waits for its batch is small and no longer made of objects. */
export interface EventStaging {
  /** At once, and without touching the disk. */
  stage(frame: Frame): StagedFrame;
  /** As `EventStore.append`, of frames that this store has staged; they may be appended again after a failure. */
  append(frames: readonly StagedFrame[]): Promise<void>;
}

export interface EventStore {
  /**
   * Keeps whole frames, in order. On return they are on disk and searchable. Idempotent: a frame at or below the
   * day's high-water mark is passed over. Frames of one call may lie on several days. Fails with `disk_full` or
   * `store_unavailable` (FaultError), having kept a prefix of the frames at most.
   */
  append(frames: readonly Frame[]): Promise<void>;
  /** Absent where a store gains nothing by it. */
  readonly staging?: EventStaging;
  /** Greatest frame of the journal that is kept; 0 where none is. */
  highWater(journal: string): Promise<number>;
  search(scope: Scope, request: EventSearch): Promise<EventPage>;
  /** Counts per bucket, in order, empty ones included. Exact: what an engine cannot count exactly is scanned. */
  histogram(scope: Scope, request: HistogramRequest): Promise<readonly HistogramBucket[]>;
  terms(scope: Scope, request: TermsRequest): Promise<readonly { value: string; count: number }[]>;
  get(scope: Scope, id: string): Promise<Event | undefined>;
  /** Oldest first. */
  days(): Promise<readonly EventDay[]>;
  /** Deletes one ingest day for good; returns what was lost with it. */
  dropDay(day: string): Promise<EventDay | undefined>;
  /**
   * Deletes the events of one source for good, and returns how many they were. Frames stay marked as kept. What was
   * played from a recording is taken away so; nothing else that was accepted may be.
   */
  discardSource(source: string): Promise<number>;
  /** A consistent copy of all days into an existing empty folder. */
  backup(folder: string): Promise<void>;
  close(): Promise<void>;
}
