/** Incidents and what people do with them. */
import { iso } from '#kernel/clock.js';
import { fault, type Fault } from '#kernel/errors.js';
import type { Versioned } from '#kernel/ports/record-store.js';
import { equals } from '#kernel/query/ast.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Alert, Incident, TimelineEntry } from '#kernel/schema/alert.js';
import type { Page } from '#kernel/schema/pieces.js';
import { severityRank, type Disposition, type Severity, type Stage } from '#kernel/vocabulary.js';
import { createCaseWriter, MOST_ATTEMPTS, stale, type Line } from './case-writer.js';
import { allowedNext, closing, reopening, stepping, type NextStage } from './lifecycle.js';
import { placeOf, type Acting, type WorkParts } from './parts.js';
import { placeOfAlerts } from './placement.js';
import { draftAlert, draftLink, unknownAssignee, type AlertDraft } from './triage.js';

export interface NewIncident {
  /** Default: the first alert's. */
  readonly title?: string;
  readonly summary?: string;
  /** Default: the greatest of the alerts', else `medium`. */
  readonly severity?: Severity;
  readonly alerts: readonly string[];
}

export interface IncidentChange {
  readonly title?: string;
  readonly summary?: string;
  readonly severity?: Severity;
  /** Null takes the assignee away. */
  readonly assignee?: string | null;
}

type Changed = Promise<Result<Versioned<Incident>>>;

/** Faults of all that change one: `not_found`, and `conflict` where the version is not the newest (data.version is). */
export interface Cases {
  /** Also takes the alerts in. Faults `not_found`, `invalid_request` (an alert belongs elsewhere, no title). */
  create(by: Acting, wanted: NewIncident): Changed;
  patch(by: Acting, id: string, version: number, change: IncidentChange): Changed;
  /** Faults `invalid_transition`, `invalid_request` (note missing). */
  step(by: Acting, id: string, version: number, to: Stage, note?: string): Changed;
  /** With `closeAlerts` its open alerts close by the same conclusion, in the same group. Fault `conclusion_required`. */
  close(
    by: Acting,
    id: string,
    version: number,
    with_: {
      readonly disposition?: Disposition;
      readonly conclusion?: string;
      readonly closeAlerts?: boolean;
    },
  ): Changed;
  reopen(by: Acting, id: string, version: number, reason: string): Changed;
  /** Leaves the incident's version as it is. */
  comment(by: Acting, id: string, text: string): Promise<Result<TimelineEntry>>;
  link(
    by: Acting,
    id: string,
    version: number,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Changed;
  /** Oldest first. */
  timeline(
    by: Acting,
    id: string,
    page?: { readonly limit?: number; readonly cursor?: string },
  ): Promise<Result<Page<TimelineEntry>>>;
  /** The steps that are open now, for the console's buttons. */
  next(incident: Incident): readonly NextStage[];
}

export function createCases(parts: WorkParts): Cases {
  const { records, audit, clock, ids, bus } = parts;
  const { write, entry, change } = createCaseWriter(parts);

  async function alertsOf(by: Acting, wanted: readonly string[]): Promise<Result<Versioned<Alert>[]>> {
    const alerts: Versioned<Alert>[] = [];
    for (const id of new Set(wanted)) {
      const found = await records.get(by.scope, 'alerts', id);
      if (!found) return fail(fault('not_found', { what: 'alert', id }));
      alerts.push(found);
    }
    return ok(alerts);
  }

  return {
    next: ({ stage }) => allowedNext(stage),
    async create(by, wanted) {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
        const alerts = await alertsOf(by, wanted.alerts);
        if (!alerts.ok) return alerts;
        const taken = alerts.value.find(({ value }) => value.incident !== undefined);
        if (taken) return fail(belongsElsewhere(taken.value));
        const title = wanted.title?.trim() || alerts.value[0]?.value.title.slice(0, 300);
        if (!title)
          return fail(invalid('/title', 'an incident without alerts needs a title', 'give a title'));
        const nowMs = clock.nowMs();
        const at = iso(nowMs);
        const after: Incident = {
          id: ids.next('inc'),
          ...placeOfAlerts(
            by.scope,
            alerts.value.map(({ value }) => value),
          ),
          title,
          ...(wanted.summary !== undefined && { summary: wanted.summary }),
          severity: wanted.severity ?? greatest(alerts.value.map(({ value }) => value.severity)),
          stage: 'monitor',
          createdBy: by.actor.id,
          createdAt: at,
          updatedAt: at,
          stageTimes: { monitor: at },
          alerts: alerts.value.map(({ value }) => value.id),
        };
        const lines: Line[] = [
          { kind: 'created', text: title },
          ...alerts.value.map(({ value }): Line => ({
            kind: 'alert_added',
            to: value.id,
            text: value.title,
          })),
        ];
        const links = alerts.value.map((alert) => draftLink(by, alert, after.id, nowMs));
        const detail = { title, alerts: after.alerts.length };
        const result = await write(by, undefined, {
          after,
          lines,
          action: 'incident.created',
          detail,
          alerts: links,
        });
        if (result !== 'again') return result;
      }
      return fail(fault('conflict', { what: 'alert', id: wanted.alerts[0] ?? '' }));
    },
    patch: (by, id, version, wanted) =>
      change(by, id, version, async (before, at) => {
        const unknown = await unknownAssignee(parts, wanted.assignee);
        if (unknown) return fail(unknown);
        if (wanted.title?.trim() === '') return fail(invalid('/title', 'the title is empty', 'give a title'));
        const { assignee: _assignee, ...kept } = before;
        const assignee = wanted.assignee === undefined ? before.assignee : (wanted.assignee ?? undefined);
        const edits = {
          ...(wanted.title !== undefined && { title: wanted.title.trim() }),
          ...(wanted.summary !== undefined && { summary: wanted.summary }),
          ...(wanted.severity !== undefined && { severity: wanted.severity }),
        };
        const edited = Object.entries(edits).filter(
          ([field, value]) => before[field as keyof Incident] !== value,
        );
        const lines: Line[] =
          edited.length === 0 ? [] : [{ kind: 'edited', text: edited.map(([field]) => field).join(', ') }];
        if (assignee !== before.assignee)
          lines.push({
            kind: 'assigned',
            ...(before.assignee !== undefined && { from: before.assignee }),
            ...(assignee !== undefined && { to: assignee }),
          });
        return ok({
          after: { ...kept, ...edits, ...(assignee !== undefined && { assignee }), updatedAt: at },
          lines,
          action: 'incident.changed',
          detail: {
            ...Object.fromEntries(edited),
            ...(assignee !== before.assignee && { assignee: assignee ?? null }),
          },
        });
      }),
    step: (by, id, version, to, note) =>
      change(by, id, version, (before, at) => {
        const step = stepping(before.stage, to, note);
        if (!step.ok) return step;
        const text = note?.trim();
        return ok({
          after: { ...before, stage: to, stageTimes: { ...before.stageTimes, [to]: at }, updatedAt: at },
          lines: [{ kind: 'stage_changed', from: before.stage, to, ...(text && { text }) }],
          action: 'incident.stage_changed',
          detail: { from: before.stage, to, ...(text && { note: text }) },
        });
      }),
    close: (by, id, version, { disposition, conclusion, closeAlerts = false }) =>
      change(by, id, version, async (before, at) => {
        const closed = closing(before.stage, {
          ...(disposition && { disposition }),
          ...(conclusion !== undefined && { conclusion }),
        });
        if (!closed.ok) return closed;
        const alerts: AlertDraft[] = [];
        for (const alert of closeAlerts ? before.alerts : []) {
          const found = await records.get(by.scope, 'alerts', alert);
          // One that lies outside the closer's reach, or is closed, is left as it is.
          if (!found || found.value.status === 'closed') continue;
          const triaged = { status: 'closed', disposition: closed.value.disposition } as const;
          const text = closed.value.conclusion.slice(0, 4000);
          const draft = draftAlert(by, found, { ...triaged, conclusion: text }, Date.parse(at));
          if (!draft.ok) return draft;
          alerts.push(draft.value);
        }
        return ok({
          after: {
            ...before,
            ...closed.value,
            stageTimes: { ...before.stageTimes, closed: at },
            closedAt: at,
            updatedAt: at,
          },
          lines: [
            {
              kind: 'closed',
              from: before.stage,
              to: closed.value.disposition,
              text: closed.value.conclusion,
            },
          ],
          action: 'incident.closed',
          detail: {
            from: before.stage,
            disposition: closed.value.disposition,
            conclusion: closed.value.conclusion,
            alerts: alerts.length,
          },
          alerts,
        });
      }),
    reopen: (by, id, version, reason) =>
      change(by, id, version, (before, at) => {
        const opened = reopening(before.stage, reason);
        if (!opened.ok) return opened;
        const { stage } = opened.value;
        const { disposition, conclusion: _conclusion, closedAt: _closedAt, ...kept } = before;
        return ok({
          after: { ...kept, stage, stageTimes: { ...before.stageTimes, [stage]: at }, updatedAt: at },
          lines: [
            { kind: 'reopened', text: reason.trim(), to: stage, ...(disposition && { from: disposition }) },
          ],
          action: 'incident.reopened',
          detail: { reason: reason.trim() },
        });
      }),
    async comment(by, id, text) {
      const found = await records.get(by.scope, 'incidents', id);
      if (!found) return fail(fault('not_found', { what: 'incident', id }));
      if (text.trim() === '') return fail(invalid('/text', 'the comment is empty', 'write something'));
      const value = entry(by, found.value, { kind: 'commented', text: text.trim() });
      const outcome = await audit.write(
        by.scope,
        [{ kind: 'create', collection: 'timeline', value }],
        [
          {
            actor: by.actor,
            action: 'incident.commented',
            target: `incidents/${id}`,
            detail: { entry: value.id },
            ...placeOf(value),
          },
        ],
      );
      if (!outcome.ok) return fail(stale(id, found.version));
      bus.emit('incident.changed', { id, ...placeOf(found.value) });
      return ok(value);
    },
    link: (by, id, version, { add = [], remove = [] }) =>
      change(by, id, version, async (before, at) => {
        const added = await alertsOf(
          by,
          add.filter((alert) => !before.alerts.includes(alert)),
        );
        if (!added.ok) return added;
        const taken = added.value.find(({ value }) => value.incident !== undefined && value.incident !== id);
        if (taken) return fail(belongsElsewhere(taken.value));
        const removed = await alertsOf(
          by,
          remove.filter((alert) => before.alerts.includes(alert)),
        );
        if (!removed.ok) return removed;
        const gone = new Set(removed.value.map(({ value }) => value.id));
        const nowMs = Date.parse(at);
        return ok({
          after: {
            ...before,
            alerts: [...before.alerts, ...added.value.map(({ value }) => value.id)].filter(
              (alert) => !gone.has(alert),
            ),
            updatedAt: at,
          },
          lines: [
            ...added.value.map(({ value }): Line => ({
              kind: 'alert_added',
              to: value.id,
              text: value.title,
            })),
            ...removed.value.map(({ value }): Line => ({
              kind: 'alert_removed',
              from: value.id,
              text: value.title,
            })),
          ],
          action: 'incident.alerts_changed',
          detail: { added: added.value.length, removed: removed.value.length },
          alerts: [
            ...added.value.map((alert) => draftLink(by, alert, id, nowMs)),
            ...removed.value.map((alert) => draftLink(by, alert, undefined, nowMs)),
          ],
        });
      }),
    async timeline(by, id, { limit = 200, cursor } = {}) {
      if (!(await records.get(by.scope, 'incidents', id)))
        return fail(fault('not_found', { what: 'incident', id }));
      const page = await records.search(by.scope, 'timeline', {
        query: equals('incident', id),
        sort: { path: 'at', order: 'asc' },
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      return ok({ ...page, items: page.items.map(({ value }) => value) });
    },
  };
}

function greatest(severities: readonly Severity[]): Severity {
  return (
    severities.reduce<Severity | undefined>(
      (most, severity) =>
        most !== undefined && severityRank(most) >= severityRank(severity) ? most : severity,
      undefined,
    ) ?? 'medium'
  );
}

function invalid(at: string, message: string, remedy: string): Fault {
  return fault('invalid_request', undefined, [{ message, at, remedy }]);
}

function belongsElsewhere({ id, incident }: Alert): Fault {
  return invalid('/alerts', `alert \`${id}\` belongs to incident \`${incident}\``, 'remove it there first');
}
