/** The ground that every part of the server stands on. */
import type { Logger } from 'pino';
import type { EventBus } from '#kernel/bus.js';
import type { Clock, Identifiers } from '#kernel/clock.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { Config } from './config.js';

/** What everything else stands on. */
export interface Ground {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Identifiers;
  readonly log: Logger;
  readonly bus: EventBus;
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly audit: AuditLog;
  /** Identifier of this node. */
  readonly node: string;
  readonly startedMs: number;
}
