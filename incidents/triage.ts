/** Triage of alerts by people: status, assignee, disposition, conclusion; every change with its audit entry. */
import { iso } from '#kernel/clock.js';
import { fault, type Fault } from '#kernel/errors.js';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import type { Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { BulkChange } from '#kernel/schema/queue.js';
import { undoOf } from '#kernel/undo.js';
import type { AlertStatus, Disposition } from '#kernel/vocabulary.js';
import { isOpen, triaging } from './lifecycle.js';
import { placeOf, type Acting, type WorkParts } from './parts.js';

export interface AlertChange {
  readonly status?: AlertStatus;
  /** Null takes the assignee away. */
  readonly assignee?: string | null;
  readonly disposition?: Disposition;
  readonly conclusion?: string;
}

export interface Triage {
  /** Faults `not_found`, `conflict` (data.version is the newest), `invalid_transition`, `conclusion_required`. */
  patch(by: Acting, id: string, version: number, change: AlertChange): Promise<Result<Versioned<Alert>>>;
  /**
   * The same change on many alerts, whatever their version. `conflicts` are those that could not: gone, out of sight,
   * at a status that does not lead there, or changed in the same moment. Fault `conclusion_required` changes nothing.
   * What they were is kept under `undo`, by which `Bulk.undo` takes it back.
   */
  act(by: Acting, ids: readonly string[], change: AlertChange): Promise<Result<Acted>>;
}

export interface Acted {
  readonly changed: number;
  readonly conflicts: readonly string[];
  readonly undo: string;
}

/** Alerts of one write group of a bulk action. */
const GROUP = 100;

export function createTriage(parts: WorkParts): Triage {
  const { records, audit, clock, ids } = parts;

  async function write(
    by: Acting,
    undo: string,
    part: number,
    drafts: readonly AlertDraft[],
  ): Promise<number | 'failed'> {
    const changed = drafts.filter(({ changes }) => changes);
    const outcome = await audit.write(
      by.scope,
      [
        ...drafts.map(({ operation }) => operation),
        ...(changed.length > 0 ? [keptBefore(by, undo, part, changed)] : []),
      ],
      drafts.map(({ note }) => note),
    );
    if (!outcome.ok) return 'failed';
    for (const draft of drafts) settleAlert(parts, draft);
    return drafts.length;
  }

  return {
    async patch(by, id, version, change) {
      const found = await records.get(by.scope, 'alerts', id);
      if (!found) return fail(fault('not_found', { what: 'alert', id }));
      if (found.version !== version) return fail(staleAlert(id, found.version));
      const unknown = await unknownAssignee(parts, change.assignee);
      if (unknown) return fail(unknown);
      const draft = draftAlert(by, found, change, clock.nowMs());
      if (!draft.ok) return draft;
      if ((await write(by, undoOf(id, version + 1), 0, [draft.value])) === 'failed')
        return fail(staleAlert(id, (await records.get(by.scope, 'alerts', id))?.version));
      return ok({ value: draft.value.after, version: version + 1 });
    },
    async act(by, alerts, change) {
      const unknown = await unknownAssignee(parts, change.assignee);
      if (unknown) return fail(unknown);
      const drafts: AlertDraft[] = [];
      const conflicts: string[] = [];
      for (const id of new Set(alerts)) {
        const found = await records.get(by.scope, 'alerts', id);
        const draft = found && draftAlert(by, found, change, clock.nowMs());
        if (draft?.ok) drafts.push(draft.value);
        else if (draft?.fault.code === 'conclusion_required') return draft;
        else conflicts.push(id);
      }
      const undo = ids.next('chg');
      let changed = 0;
      let part = 0;
      for (let from = 0; from < drafts.length; from += GROUP) {
        const group = drafts.slice(from, from + GROUP);
        const written = await write(by, undo, part++, group);
        if (written !== 'failed') {
          changed += written;
          continue;
        }
        // One of them was changed in this moment: the others go one by one.
        for (const draft of group) {
          if ((await write(by, undo, part++, [draft])) === 'failed') conflicts.push(draft.after.id);
          else changed += 1;
        }
      }
      return ok({ changed, conflicts, undo });
    },
  };
}

/** A change of an alert, ready to be written; `settleAlert` follows the write. */
export interface AlertDraft {
  readonly before: Alert;
  readonly after: Alert;
  /** Of the record once it is written. */
  readonly version: number;
  readonly operation: WriteOperation;
  readonly note: AuditNote;
  /** False where it is as it was. */
  readonly changes: boolean;
}

export function draftAlert(
  { actor }: Acting,
  { value: before, version }: Versioned<Alert>,
  { status, assignee, disposition, conclusion }: AlertChange,
  nowMs: number,
): Result<AlertDraft> {
  const triaged = triaging(before, {
    ...(status && { status }),
    ...(disposition && { disposition }),
    ...(conclusion !== undefined && { conclusion }),
  });
  if (!triaged.ok) return triaged;
  const { disposition: _disposition, conclusion: _conclusion, assignee: _assignee, ...kept } = before;
  const nextAssignee = assignee === undefined ? before.assignee : (assignee ?? undefined);
  const after: Alert = {
    ...kept,
    ...triaged.value,
    ...(nextAssignee !== undefined && { assignee: nextAssignee }),
    updatedAt: iso(Math.max(nowMs, Date.parse(before.updatedAt))),
  };
  return ok(alertDraft(actor, before, version, after));
}

/** The link of an alert to an incident; a new alert is taken in progress with it. */
export function draftLink(
  { actor }: Acting,
  { value: before, version }: Versioned<Alert>,
  incident: string | undefined,
  nowMs: number,
): AlertDraft {
  const { incident: _incident, ...kept } = before;
  const after: Alert = {
    ...kept,
    ...(incident !== undefined && { incident }),
    ...(incident !== undefined && before.status === 'new' && { status: 'in_progress' as const }),
    updatedAt: iso(Math.max(nowMs, Date.parse(before.updatedAt))),
  };
  return alertDraft(actor, before, version, after);
}

/** What the alerts were, as it is kept beside their change until somebody takes it back. */
export function keptBefore(
  { scope }: Acting,
  job: string,
  part: number,
  drafts: readonly AlertDraft[],
): WriteOperation {
  const value: BulkChange = {
    ...{ id: `${job}/${part}`, job, part },
    ...{ unit: scope.units[0] ?? '/', classification: scope.ceiling, realm: scope.realm },
    alerts: drafts.map(({ before, version }) => {
      const { id, status, assignee, disposition, conclusion } = before;
      return {
        ...{ alert: id, version, status },
        ...(assignee !== undefined && { assignee }),
        ...(disposition !== undefined && { disposition }),
        ...(conclusion !== undefined && { conclusion }),
      };
    }),
  };
  return { kind: 'create', collection: 'bulkChanges', value };
}

/** The triage that an alert had before, given back. */
export function draftRestored(
  { actor }: Acting,
  { value: before, version }: Versioned<Alert>,
  triage: Alert,
  nowMs: number,
): AlertDraft {
  const updatedAt = iso(Math.max(nowMs, Date.parse(before.updatedAt)));
  return alertDraft(actor, before, version, { ...triage, updatedAt });
}

function alertDraft(actor: Acting['actor'], before: Alert, version: number, after: Alert): AlertDraft {
  const detail: Record<string, string | null> = {};
  for (const field of ['status', 'assignee', 'disposition', 'conclusion', 'incident'] as const)
    if (before[field] !== after[field]) detail[field] = after[field] ?? null;
  return {
    before,
    after,
    version: version + 1,
    operation: { kind: 'replace', collection: 'alerts', value: after, version },
    note: { actor, action: 'alert.changed', target: `alerts/${after.id}`, detail, ...placeOf(after) },
    changes: Object.keys(detail).length > 0,
  };
}

/** What follows the write of a draft: the map of open groups, and the hint. */
export function settleAlert(
  { groups, bus }: Pick<WorkParts, 'groups' | 'bus'>,
  { before, after, version }: AlertDraft,
): void {
  if (!isOpen(after.status)) groups.closed(after.groupKey, after.id, version);
  else if (!isOpen(before.status)) groups.opened(after.groupKey, after.id, version);
  bus.emit('alert.changed', { id: after.id, ...placeOf(after) });
}

export async function unknownAssignee(
  { isAssignable }: Pick<WorkParts, 'isAssignable'>,
  user: string | null | undefined,
): Promise<Fault | undefined> {
  if (user == null || !isAssignable || (await isAssignable(user))) return undefined;
  return fault('not_found', { what: 'user', id: user });
}

function staleAlert(id: string, version = 0): Fault {
  return fault('conflict', { what: 'alert', id, version });
}
