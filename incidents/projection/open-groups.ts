/** Which alert is open for a group now: read by the engine for every match, so it lies in memory. */
import type { RecordStore } from '#kernel/ports/record-store.js';
import { anyOf } from '#kernel/query/ast.js';
import type { Scope } from '#kernel/scope.js';
import { OPEN_ALERT_STATUSES } from '#kernel/vocabulary.js';

export interface OpenGroups {
  /** Id of the open alert of the group, or undefined. */
  find(groupKey: string): string | undefined;
}

/** The side that projection and triage write. */
export interface OpenGroupMap extends OpenGroups {
  opened(groupKey: string, alert: string): void;
  /** Forgets the group if this alert is the one that stands for it. */
  closed(groupKey: string, alert: string): void;
  readonly size: number;
}

export function createOpenGroups(): OpenGroupMap {
  const alerts = new Map<string, string>();
  return {
    find: (groupKey) => alerts.get(groupKey),
    opened: (groupKey, alert) => void alerts.set(groupKey, alert),
    closed(groupKey, alert) {
      if (alerts.get(groupKey) === alert) alerts.delete(groupKey);
    },
    get size() {
      return alerts.size;
    },
  };
}

/** Reads every open alert, oldest first, so that the newest stands for its group. */
export async function loadOpenGroups(records: RecordStore, scope: Scope): Promise<OpenGroupMap> {
  const groups = createOpenGroups();
  let cursor: string | undefined;
  do {
    const page = await records.search(scope, 'alerts', {
      query: anyOf('status', OPEN_ALERT_STATUSES),
      sort: { path: 'raisedAt', order: 'asc' },
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { value } of page.items) groups.opened(value.groupKey, value.id);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return groups;
}
