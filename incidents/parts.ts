/** What the services of people's work stand on, and who works. */
import type { EventBus } from '#kernel/bus.js';
import type { Clock, Identifiers } from '#kernel/clock.js';
import type { Actor, AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { Placed, Scope } from '#kernel/scope.js';
import type { OpenGroupMap } from './projection/open-groups.js';

export interface WorkParts {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Identifiers;
  readonly bus: EventBus;
  /** The same one that the projection holds. */
  readonly groups: OpenGroupMap;
  /** Whether a user id may be made an assignee; absent: every one. */
  readonly isAssignable?: (user: string) => Promise<boolean>;
}

/** Whoever acts; a grant of `authorize()` is one. */
export interface Acting {
  readonly scope: Scope;
  readonly actor: Actor;
}

export function placeOf({ unit, realm, classification }: Placed): Placed {
  return { unit, realm, classification };
}
