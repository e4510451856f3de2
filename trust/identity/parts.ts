/** What the identity services stand on. */
import type { Clock, Identifiers } from '#kernel/clock.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { RandomSource } from '../crypto/identifiers.js';

export interface IdentityParts {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Identifiers;
  /** Default: the system's secure source. */
  readonly random?: RandomSource;
}

/** Where a request came from, for the session list and the audit log. */
export interface Client {
  readonly address: string;
  readonly agent: string;
}
