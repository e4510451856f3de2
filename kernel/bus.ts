/** What has happened, told inside the process. Every event and its payload stands here; names are past tense. */
import type { Placed } from './scope.js';
import type { Severity } from './vocabulary.js';

export interface EventMap {
  /** A frame is on disk. */
  'frame.appended': { journal: string; frame: number; events: number; lastSeq: number };
  /** Events up to and including this frame are in the event store. */
  'frame.stored': { journal: string; frame: number };
  /** Frames up to and including this one have a judgement. `matches` counts those of this step. */
  'frame.judged': { journal: string; frame: number; matches: number };
  'alert.raised': Placed & { id: string; severity: Severity; title: string };
  /** Merged into, reopened, triaged … */
  'alert.changed': Placed & { id: string };
  'incident.changed': Placed & { id: string };
  'source.changed': Placed & { id: string };
  'rules.reloaded': { version: string; rules: number; failed: number };
  'job.progressed': Placed & { id: string };
  /** Something could not be kept or judged. It becomes a platform event and by it an alert. */
  'loss.counted': Loss;
  /** The node's own state changed in a way people should see (disk low, clock jump, journal recovered). */
  'platform.reported': PlatformReport;
}

export interface Loss {
  /** Stable word, such as `retention_forced`, `udp_overflow`, `frame_unreadable`. */
  reason: string;
  /** How many records, or bytes where the unit says so. */
  count: number;
  of: 'events' | 'bytes' | 'records';
  source?: string;
  detail?: string;
}

export interface PlatformReport {
  /** Stable word, such as `disk_low`, `journal_recovered`, `clock_jumped`. */
  state: string;
  detail: string;
  severity: Severity;
}

export type Listener<K extends keyof EventMap> = (payload: EventMap[K]) => void;

/** Synchronous, typed, in order. A listener that throws does not keep the others from hearing: `onError` is told. */
export interface EventBus {
  on<K extends keyof EventMap>(name: K, listener: Listener<K>): () => void;
  emit<K extends keyof EventMap>(name: K, payload: EventMap[K]): void;
}

export function createEventBus(onError: (error: unknown, name: keyof EventMap) => void): EventBus {
  const listeners = new Map<keyof EventMap, Set<(payload: never) => void>>();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener);
      return () => set.delete(listener);
    },
    emit(name, payload) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          (listener as (payload: unknown) => void)(payload);
        } catch (error) {
          onError(error, name);
        }
      }
    },
  };
}
