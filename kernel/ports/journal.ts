/** Port: the journal, where an event is accepted. Written by collectors; followed by the store writer and the engine. */
import type { Event, Frame, NewEvent } from '../event.js';
import type { Result } from '../result.js';

/** What became of one event that was handed in, in order. */
export interface Accepted {
  readonly id: string;
  /** The same `senderId` was accepted before: nothing was written again. */
  readonly duplicate: boolean;
  /** 0 for a duplicate. */
  readonly seq: number;
}

export interface JournalState {
  readonly id: string;
  /** Last frame and sequence on disk; 0 when empty. */
  readonly frame: number;
  readonly seq: number;
  /** Oldest frame that can still be read. */
  readonly oldestFrame: number;
  readonly bytes: number;
}

export interface Journal {
  state(): JournalState;
  /**
   * Resolves when the events are on disk (synced, in one or more frames), and only then may the sender be told
   * "accepted". Faults: `journal_full` (readers behind; nothing was kept), `disk_full` (nothing was kept).
   */
  append(events: readonly NewEvent[]): Promise<Result<readonly Accepted[]>>;
  /**
   * Frames from `fromFrame` on, in order, waiting for new ones until the signal aborts. One reader's slowness
   * does not slow another's.
   */
  follow(fromFrame: number, signal: AbortSignal): AsyncIterable<Frame>;
  /** One frame, or undefined where it is not (or no longer) here. */
  read(number: number): Promise<Frame | undefined>;
  /** Says that a reader needs nothing up to and including this frame; whole segments below every reader are deleted. */
  release(reader: string, throughFrame: number): Promise<void>;
  /** Readers that must release before anything is deleted. */
  register(reader: string, throughFrame: number): void;
  close(): Promise<void>;
}

/** What the collectors' sources write to. */
export interface Intake {
  append(events: readonly NewEvent[]): Promise<Result<readonly Accepted[]>>;
}

export type { Event, Frame, NewEvent };
