/** The same change on every alert of a result, however many, and taking it back. */
import type { AuditNote } from '#kernel/ports/audit-log.js';
import type { Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import { equals, type Query } from '#kernel/query/ast.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { BulkChange } from '#kernel/schema/queue.js';
import { triaging } from './lifecycle.js';
import type { Acting, WorkParts } from './parts.js';
import {
  draftAlert,
  draftRestored,
  keptBefore,
  settleAlert,
  unknownAssignee,
  type AlertChange,
  type AlertDraft,
} from './triage.js';

/** Alerts read, changed and written as one group. */
const PART = 250;
/** Alerts are merged into all the time: a part that meets such a moment is made again. */
const MOST_ATTEMPTS = 8;
/** Parts of a job that are read at a time when it is taken back. */
const PARTS_READ = 20;

export interface BulkCount {
  readonly changed: number;
  /** Gone, at a status that does not lead there, or changed by somebody else since. */
  readonly skipped: number;
}
export type Progress = (done: number, total: number) => void;

export interface Bulk {
  /** What would make the whole change fail: `conclusion_required`, `not_found` of the assignee. */
  check(change: AlertChange): Promise<Result<void>>;
  /** The alerts are those of the moment it starts. What they were is kept under the job's id, part by part. */
  change(
    by: Acting,
    job: string,
    query: Query,
    change: AlertChange,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<BulkCount>;
  /** Gives back what the alerts were, but for those whose triage is no longer as the job left it. */
  undo(
    by: Acting,
    job: string,
    change: AlertChange,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<BulkCount>;
}

type Before = BulkChange['alerts'][number];

export function createBulk(parts: WorkParts): Bulk {
  const { records, audit, clock } = parts;

  /** Writes what `decide` makes of the alerts, again and again while some of them move; the rest is skipped. */
  async function writePart(
    by: Acting,
    ids: readonly string[],
    decide: (alert: Versioned<Alert>) => AlertDraft | undefined,
    more: (drafts: readonly AlertDraft[]) => readonly WriteOperation[],
  ): Promise<number> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      // One by one by their key: as a search for any of so many it would read the whole collection.
      const found = await Promise.all(ids.map((id) => records.get(by.scope, 'alerts', id)));
      const drafts = found.flatMap((alert) => (alert && decide(alert)) ?? []);
      if (drafts.length === 0) return 0;
      const operations = [...drafts.map(({ operation }) => operation), ...more(drafts)];
      const notes: AuditNote[] = drafts.map(({ note }) => note);
      const outcome = await audit.write(by.scope, operations, notes);
      if (!outcome.ok) continue;
      for (const draft of drafts) settleAlert(parts, draft);
      return drafts.length;
    }
    return 0;
  }

  return {
    async check(change) {
      const unknown = await unknownAssignee(parts, change.assignee);
      if (unknown) return fail(unknown);
      const { assignee: _assignee, ...triage } = change;
      const possible = triaging({ status: 'new' }, triage);
      return possible.ok ? ok(undefined) : possible;
    },
    async change(by, job, query, change, progress, signal) {
      const found = await records.pick(by.scope, 'alerts', { query, paths: ['status'] });
      const ids = found.map(({ id }) => id);
      let changed = 0;
      for (let from = 0, part = 0; from < ids.length && !signal.aborted; from += PART, part += 1) {
        const group = ids.slice(from, from + PART);
        changed += await writePart(
          by,
          group,
          (alert) => {
            const draft = draftAlert(by, alert, change, clock.nowMs());
            return draft.ok && draft.value.changes ? draft.value : undefined;
          },
          (drafts) => [keptBefore(by, job, part, drafts)],
        );
        progress(Math.min(from + PART, ids.length), ids.length);
      }
      return { changed, skipped: ids.length - changed };
    },
    async undo(by, job, change, progress, signal) {
      let changed = 0;
      let done = 0;
      let cursor: string | undefined;
      do {
        const page = await records.search(by.scope, 'bulkChanges', {
          query: equals('job', job),
          sort: { path: 'part', order: 'asc' },
          limit: PARTS_READ,
          ...(cursor !== undefined && { cursor }),
        });
        for (const { value } of page.items) {
          if (signal.aborted) break;
          const before = new Map(value.alerts.map((one) => [one.alert, one]));
          changed += await writePart(
            by,
            [...before.keys()],
            (alert) => restored(by, alert, before.get(alert.value.id) as Before, change, clock.nowMs()),
            () => [],
          );
          done += value.alerts.length;
          progress(done, Math.max(done, page.total * PART));
        }
        cursor = page.next ?? undefined;
      } while (cursor !== undefined && !signal.aborted);
      return { changed, skipped: done - changed };
    },
  };
}

/** Undefined where somebody has triaged the alert since: new events of it do not count. */
function restored(
  by: Acting,
  alert: Versioned<Alert>,
  before: Before,
  change: AlertChange,
  nowMs: number,
): AlertDraft | undefined {
  const left = draftAlert(
    by,
    { value: withTriage(alert.value, before), version: alert.version },
    change,
    nowMs,
  );
  if (!left.ok) return undefined;
  const { value: now } = alert;
  for (const field of ['status', 'assignee', 'disposition', 'conclusion'] as const)
    if (now[field] !== left.value.after[field]) return undefined;
  return draftRestored(by, alert, withTriage(now, before), nowMs);
}

function withTriage(alert: Alert, { status, assignee, disposition, conclusion }: Before): Alert {
  const { assignee: _assignee, disposition: _disposition, conclusion: _conclusion, ...kept } = alert;
  return {
    ...kept,
    status,
    ...(assignee !== undefined && { assignee }),
    ...(disposition !== undefined && { disposition }),
    ...(conclusion !== undefined && { conclusion }),
  };
}
