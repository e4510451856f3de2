/** How a change to an incident is written: record, timeline lines, alerts and audit entries in one group. */
import { iso } from '#kernel/clock.js';
import { fault, type Fault } from '#kernel/errors.js';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import type { Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Incident, TimelineEntry } from '#kernel/schema/alert.js';
import { placeOf, type Acting, type WorkParts } from './parts.js';
import { settleAlert, type AlertDraft } from './triage.js';

/** One line of the timeline, but for when and by whom. */
export type Line = Pick<TimelineEntry, 'kind'> & Partial<Pick<TimelineEntry, 'text' | 'from' | 'to'>>;

/** What a change makes of an incident. */
export interface Draft {
  readonly after: Incident;
  readonly lines: readonly Line[];
  /** Past tense. */
  readonly action: string;
  readonly detail?: AuditNote['detail'];
  readonly alerts?: readonly AlertDraft[];
}

/** Alerts are merged into all the time: a group that meets such a moment is made again. */
export const MOST_ATTEMPTS = 8;

export interface CaseWriter {
  /** `before` undefined: create. `again`: an alert was merged into meanwhile, and the draft must be made anew. */
  write(
    by: Acting,
    before: Versioned<Incident> | undefined,
    draft: Draft,
  ): Promise<Result<Versioned<Incident>> | 'again'>;
  /** A timeline entry of now. */
  entry(by: Acting, incident: Incident, line: Line): TimelineEntry;
  /** Reads, decides and writes, as often as alerts get in between. Faults `not_found`, `conflict`, those of `decide`. */
  change(
    by: Acting,
    id: string,
    version: number,
    decide: (before: Incident, at: string) => Promise<Result<Draft>> | Result<Draft>,
  ): Promise<Result<Versioned<Incident>>>;
}

export function createCaseWriter(parts: WorkParts): CaseWriter {
  const { records, audit, clock, ids, bus } = parts;

  async function write(
    by: Acting,
    before: Versioned<Incident> | undefined,
    draft: Draft,
  ): Promise<Result<Versioned<Incident>> | 'again'> {
    const { after, lines, action, detail, alerts = [] } = draft;
    const own: WriteOperation = before
      ? { kind: 'replace', collection: 'incidents', value: after, version: before.version }
      : { kind: 'create', collection: 'incidents', value: after };
    const outcome = await audit.write(
      by.scope,
      [
        own,
        ...lines.map((line): WriteOperation => ({
          kind: 'create',
          collection: 'timeline',
          value: entry(by, after, line),
        })),
        ...alerts.map(({ operation }) => operation),
      ],
      [
        {
          actor: by.actor,
          action,
          target: `incidents/${after.id}`,
          ...(detail && { detail }),
          ...placeOf(after),
        },
        ...alerts.map(({ note }) => note),
      ],
    );
    if (!outcome.ok) {
      if (outcome.reason === 'out_of_scope')
        return fail(fault('not_found', { what: 'unit', id: after.unit }));
      if (outcome.at > lines.length) return 'again';
      return fail(stale(after.id, (await records.get(by.scope, 'incidents', after.id))?.version));
    }
    for (const alert of alerts) settleAlert(parts, alert);
    bus.emit('incident.changed', { id: after.id, ...placeOf(after) });
    return ok({ value: after, version: (before?.version ?? 0) + 1 });
  }

  function entry({ actor }: Acting, incident: Incident, line: Line): TimelineEntry {
    return {
      id: ids.next('tml'),
      ...placeOf(incident),
      incident: incident.id,
      at: iso(clock.nowMs()),
      actor: actor.id,
      actorName: actor.name,
      ...line,
    };
  }

  async function change(
    by: Acting,
    id: string,
    version: number,
    decide: (before: Incident, at: string) => Promise<Result<Draft>> | Result<Draft>,
  ): Promise<Result<Versioned<Incident>>> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const found = await records.get(by.scope, 'incidents', id);
      if (!found) return fail(fault('not_found', { what: 'incident', id }));
      if (found.version !== version) return fail(stale(id, found.version));
      const draft = await decide(found.value, iso(clock.nowMs()));
      if (!draft.ok) return draft;
      const result = await write(by, found, draft.value);
      if (result !== 'again') return result;
    }
    return fail(stale(id, version));
  }

  return { write, entry, change };
}

export function stale(id: string, version = 0): Fault {
  return fault('conflict', { what: 'incident', id, version });
}
