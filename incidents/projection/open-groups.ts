/** Which alert is open for a group now: read by the engine for every match, so it lies in memory. */
import type { RecordStore } from '#kernel/ports/record-store.js';
import { anyOf } from '#kernel/query/ast.js';
import type { Scope } from '#kernel/scope.js';
import { OPEN_ALERT_STATUSES } from '#kernel/vocabulary.js';

export interface OpenGroups {
  /** Id of the open alert of the group, or undefined. */
  find(groupKey: string): string | undefined;
}

/**
 * The side that projection and triage write, each after its own write to the store. `version` is that of the alert's
 * record by then: of two writers whose words come in the other order, the later record counts.
 */
export interface OpenGroupMap extends OpenGroups {
  opened(groupKey: string, alert: string, version: number): void;
  /** Passed over if another alert stands for the group. */
  closed(groupKey: string, alert: string, version: number): void;
  readonly size: number;
}

/** Closed groups that are remembered for a word that comes late. */
const MOST_CLOSED = 10_000;

export function createOpenGroups(): OpenGroupMap {
  const open = new Map<string, { readonly alert: string; readonly version: number }>();
  const closed = new Map<string, { readonly alert: string; readonly version: number }>();
  return {
    find: (groupKey) => open.get(groupKey)?.alert,
    opened(groupKey, alert, version) {
      const known = closed.get(groupKey) ?? open.get(groupKey);
      if (known?.alert === alert && known.version > version) return;
      closed.delete(groupKey);
      open.set(groupKey, { alert, version });
    },
    closed(groupKey, alert, version) {
      const known = open.get(groupKey);
      if (known && (known.alert !== alert || known.version > version)) return;
      open.delete(groupKey);
      closed.delete(groupKey);
      closed.set(groupKey, { alert, version });
      for (const oldest of closed.keys()) {
        if (closed.size <= MOST_CLOSED) break;
        closed.delete(oldest);
      }
    },
    get size() {
      return open.size;
    },
  };
}

/** Of every open alert its group and time alone; of several in one group the newest stands. */
export async function loadOpenGroups(records: RecordStore, scope: Scope): Promise<OpenGroupMap> {
  const groups = createOpenGroups();
  const raisedAt = new Map<string, string>();
  const picked = await records.pick(scope, 'alerts', {
    query: anyOf('status', OPEN_ALERT_STATUSES),
    paths: ['groupKey', 'raisedAt'],
  });
  for (const { id, values } of picked) {
    const [groupKey, at] = values.map(String) as [string, string];
    const other = groups.find(groupKey);
    const rival = raisedAt.get(groupKey);
    if (other !== undefined && rival !== undefined && (at < rival || (at === rival && id < other))) continue;
    // Whatever a writer says of the alert from now on is later.
    groups.opened(groupKey, id, 0);
    raisedAt.set(groupKey, at);
  }
  return groups;
}
