/** What people gather round an incident: tasks, observables, evidence; each change with its line of the timeline. */
import { iso } from '#kernel/clock.js';
import type { Collections } from '#kernel/collections.js';
import { fault, type Fault } from '#kernel/errors.js';
import type { KeptFile } from '#kernel/ports/evidence-files.js';
import type { Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import { and, anyOf, equals, not } from '#kernel/query/ast.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Alert, Incident } from '#kernel/schema/alert.js';
import type { Attachment, Observable, Task } from '#kernel/schema/workspace.js';
import type { Scope } from '#kernel/scope.js';
import { createCaseWriter, type Line } from './case-writer.js';
import { seenIn, type ObservableKind, type SeenValue } from './observables.js';
import { placeOf, type Acting, type WorkParts } from './parts.js';
import { unknownAssignee } from './triage.js';

/** Tasks, observables and files of one incident. */
const MOST = 500;
/** Alerts that are looked at for what they name. */
const ALERTS_READ = 200;
const RELATED_SHOWN = 10;

export interface TaskChange {
  readonly title?: string;
  /** Null takes it away. */
  readonly note?: string | null;
  readonly assignee?: string | null;
  readonly dueAt?: string | null;
  readonly state?: Task['state'];
}
export interface NewTask {
  readonly title: string;
  readonly note?: string;
  readonly assignee?: string;
  readonly dueAt?: string;
}
/** An observable that a person added, or that the alerts name. */
export type ShownObservable =
  (Observable & { readonly alerts: number }) | (SeenValue & { readonly origin: 'alert' });

export interface Related {
  readonly incident: Incident;
  readonly shared: readonly { readonly kind: ObservableKind; readonly value: string }[];
}

/** Faults of all: `not_found`; of those that write `invalid_request` where the incident is closed. */
export interface Workspace {
  tasks(by: Acting, incident: string): Promise<Result<readonly Versioned<Task>[]>>;
  addTask(by: Acting, incident: string, task: NewTask): Promise<Result<Versioned<Task>>>;
  /** Fault `conflict`. */
  changeTask(
    by: Acting,
    incident: string,
    id: string,
    version: number,
    change: TaskChange,
  ): Promise<Result<Versioned<Task>>>;
  observables(by: Acting, incident: string): Promise<Result<readonly ShownObservable[]>>;
  addObservable(
    by: Acting,
    incident: string,
    seen: { readonly kind: ObservableKind; readonly value: string; readonly note?: string },
  ): Promise<Result<Observable>>;
  removeObservable(by: Acting, incident: string, id: string): Promise<Result<void>>;
  /** Those taken away too. */
  evidence(by: Acting, incident: string): Promise<Result<readonly Attachment[]>>;
  /** Before the bytes come: whether one more may be added. */
  mayAddEvidence(by: Acting, incident: string): Promise<Result<void>>;
  addEvidence(
    by: Acting,
    incident: string,
    file: KeptFile & { readonly name: string; readonly note?: string },
  ): Promise<Result<Attachment>>;
  /** The line stays. True: nothing names the bytes any more. */
  removeEvidence(by: Acting, incident: string, id: string): Promise<Result<boolean>>;
  /** Whether evidence of any unit still names the bytes. */
  isNamed(sha256: string): Promise<boolean>;
  /** Other incidents whose alerts name the same hosts, users or source addresses. */
  related(by: Acting, incident: string): Promise<Result<readonly Related[]>>;
}

type Kept = 'tasks' | 'observables' | 'attachments';

export interface WorkspaceParts extends WorkParts {
  /** The machinery's own reach: all units and realms. */
  readonly everywhere: Scope;
}

export function createWorkspace(parts: WorkspaceParts): Workspace {
  const { records, audit, clock, ids, bus } = parts;
  const { entry } = createCaseWriter(parts);
  const now = () => iso(clock.nowMs());

  async function incidentOf(by: Acting, id: string): Promise<Result<Incident>> {
    const found = await records.get(by.scope, 'incidents', id);
    return found ? ok(found.value) : fail(fault('not_found', { what: 'incident', id }));
  }
  async function openIncident(by: Acting, id: string): Promise<Result<Incident>> {
    const found = await incidentOf(by, id);
    if (found.ok && found.value.stage === 'closed')
      return fail(refused('', 'the incident is closed', 'reopen it first'));
    return found;
  }
  async function listed<C extends Kept>(
    by: Acting,
    collection: C,
    incident: string,
    path: string,
  ): Promise<readonly Versioned<Collections[C]>[]> {
    const query = equals('incident', incident);
    return (await records.search(by.scope, collection, { query, sort: { path, order: 'asc' }, limit: MOST }))
      .items;
  }
  /** One of the incident's own. */
  async function ownOf<C extends Kept>(
    by: Acting,
    collection: C,
    incident: string,
    id: string,
    what: string,
  ): Promise<Result<Versioned<Collections[C]>>> {
    const found = await records.get(by.scope, collection, id);
    return found && found.value.incident === incident ? ok(found) : fail(fault('not_found', { what, id }));
  }
  async function write(
    by: Acting,
    incident: Incident,
    operation: WriteOperation,
    line: Line,
    action: string,
    detail: Record<string, string | number>,
  ): Promise<Result<void>> {
    const outcome = await audit.write(
      by.scope,
      [operation, { kind: 'create', collection: 'timeline', value: entry(by, incident, line) }],
      [{ actor: by.actor, action, target: `incidents/${incident.id}`, detail, ...placeOf(incident) }],
    );
    if (!outcome.ok) return fail(fault('conflict', { what: 'incident', id: incident.id }));
    bus.emit('incident.changed', { id: incident.id, ...placeOf(incident) });
    return ok(undefined);
  }
  async function alertsOf(by: Acting, incident: string): Promise<readonly Alert[]> {
    const query = equals('incident', incident);
    return (await records.search(by.scope, 'alerts', { query, limit: ALERTS_READ })).items.map(
      ({ value }) => value,
    );
  }
  async function full(by: Acting, collection: Kept, incident: string): Promise<Fault | undefined> {
    const query = equals('incident', incident);
    const { total } = await records.facets(by.scope, collection, { query, paths: [] });
    return total < MOST ? undefined : refused('', `there are ${MOST} already`, 'make another incident');
  }

  return {
    async tasks(by, id) {
      const incident = await incidentOf(by, id);
      return incident.ok ? ok(await listed(by, 'tasks', id, 'createdAt')) : incident;
    },
    async addTask(by, id, { title, note, assignee, dueAt }) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const problem = (await unknownAssignee(parts, assignee)) ?? (await full(by, 'tasks', id));
      if (problem) return fail(problem);
      if (title.trim() === '') return fail(refused('/title', 'the title is empty', 'say what is to be done'));
      const value: Task = {
        ...{
          id: ids.next('tsk'),
          ...placeOf(incident.value),
          incident: id,
          title: title.trim(),
          state: 'open',
        },
        ...(note !== undefined && { note }),
        ...(assignee !== undefined && { assignee }),
        ...(dueAt !== undefined && { dueAt }),
        ...{ createdAt: now(), createdBy: by.actor.id },
      };
      const written = await write(
        by,
        incident.value,
        { kind: 'create', collection: 'tasks', value },
        { kind: 'task_added', text: value.title },
        'incident.task_added',
        { task: value.id, title: value.title },
      );
      return written.ok ? ok({ value, version: 1 }) : written;
    },
    async changeTask(by, id, taskId, version, change) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const found = await ownOf(by, 'tasks', id, taskId, 'task');
      if (!found.ok) return found;
      const problem = await unknownAssignee(parts, change.assignee);
      if (problem) return fail(problem);
      if (found.value.version !== version)
        return fail(fault('conflict', { what: 'task', id: taskId, version: found.value.version }));
      if (change.title?.trim() === '')
        return fail(refused('/title', 'the title is empty', 'say what is to be done'));
      const value = changedTask(found.value.value, change, now(), by.actor.id);
      const done = value.state === 'done' && found.value.value.state === 'open';
      const written = await write(
        by,
        incident.value,
        { kind: 'replace', collection: 'tasks', value, version },
        { kind: done ? 'task_done' : 'task_changed', text: value.title },
        done ? 'incident.task_done' : 'incident.task_changed',
        { task: taskId, fields: Object.keys(change).join(', ') },
      );
      return written.ok ? ok({ value, version: version + 1 }) : written;
    },
    async observables(by, id) {
      const incident = await incidentOf(by, id);
      if (!incident.ok) return incident;
      const seen = seenIn(await alertsOf(by, id));
      const stored = (await listed(by, 'observables', id, 'createdAt')).map(({ value }) => value);
      const key = ({ kind, value }: { kind: string; value: string }) => `${kind} ${value}`;
      const counts = new Map(seen.map((one) => [key(one), one.alerts]));
      const known = new Set(stored.map(key));
      return ok([
        ...stored.map((one) => ({ ...one, alerts: counts.get(key(one)) ?? 0 })),
        ...seen.filter((one) => !known.has(key(one))).map((one) => ({ ...one, origin: 'alert' as const })),
      ]);
    },
    async addObservable(by, id, { kind, value: text, note }) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const wanted = text.trim();
      if (wanted === '') return fail(refused('/value', 'the value is empty', 'give one'));
      const same = and(equals('incident', id), equals('kind', kind), equals('value', wanted));
      const twin = await records.search(by.scope, 'observables', { query: same, limit: 1 });
      if (twin.items.length > 0)
        return fail(refused('/value', 'it stands there already', 'look for it in the list'));
      const problem = await full(by, 'observables', id);
      if (problem) return fail(problem);
      const value: Observable = {
        ...{ id: ids.next('obs'), ...placeOf(incident.value), incident: id, kind, value: wanted },
        ...(note !== undefined && { note }),
        ...{ origin: 'person', createdAt: now(), createdBy: by.actor.id },
      };
      const written = await write(
        by,
        incident.value,
        { kind: 'create', collection: 'observables', value },
        { kind: 'observable_added', text: wanted },
        'incident.observable_added',
        { kind, value: wanted },
      );
      return written.ok ? ok(value) : written;
    },
    async removeObservable(by, id, observable) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const found = await ownOf(by, 'observables', id, observable, 'observable');
      if (!found.ok) return found;
      const { kind, value } = found.value.value;
      return write(
        by,
        incident.value,
        { kind: 'remove', collection: 'observables', id: observable },
        { kind: 'observable_removed', text: value },
        'incident.observable_removed',
        { kind, value },
      );
    },
    async evidence(by, id) {
      const incident = await incidentOf(by, id);
      if (!incident.ok) return incident;
      return ok((await listed(by, 'attachments', id, 'uploadedAt')).map(({ value }) => value));
    },
    async mayAddEvidence(by, id) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const problem = await full(by, 'attachments', id);
      return problem ? fail(problem) : ok(undefined);
    },
    async addEvidence(by, id, { name, note, sha256, bytes }) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const problem = await full(by, 'attachments', id);
      if (problem) return fail(problem);
      const value: Attachment = {
        ...{ id: ids.next('att'), ...placeOf(incident.value), incident: id, name, bytes, sha256 },
        ...(note !== undefined && { note }),
        ...{ uploadedAt: now(), uploadedBy: by.actor.id },
      };
      const written = await write(
        by,
        incident.value,
        { kind: 'create', collection: 'attachments', value },
        { kind: 'evidence_added', text: `${name} · SHA-256 ${sha256}` },
        'incident.evidence_added',
        { attachment: value.id, name, bytes, sha256 },
      );
      return written.ok ? ok(value) : written;
    },
    async removeEvidence(by, id, attachment) {
      const incident = await openIncident(by, id);
      if (!incident.ok) return incident;
      const found = await ownOf(by, 'attachments', id, attachment, 'evidence');
      if (!found.ok) return found;
      const { value, version } = found.value;
      if (value.removedAt !== undefined)
        return fail(fault('not_found', { what: 'evidence', id: attachment }));
      const written = await write(
        by,
        incident.value,
        {
          ...{ kind: 'replace', collection: 'attachments', version },
          value: { ...value, removedAt: now(), removedBy: by.actor.id },
        },
        { kind: 'evidence_removed', text: `${value.name} · SHA-256 ${value.sha256}` },
        'incident.evidence_removed',
        { attachment, name: value.name, sha256: value.sha256 },
      );
      if (!written.ok) return written;
      return ok(!(await isNamed(value.sha256)));
    },
    isNamed,
    async related(by, id) {
      const incident = await incidentOf(by, id);
      if (!incident.ok) return incident;
      const alerts = await alertsOf(by, id);
      const shared = new Map<string, Map<string, { kind: ObservableKind; value: string }>>();
      for (const [path, kind] of [
        ['host', 'host'],
        ['user', 'user'],
        ['sourceIp', 'ip'],
      ] as const) {
        const values = [...new Set(alerts.flatMap((alert) => alert[path] ?? []))].slice(0, 50);
        if (values.length === 0) continue;
        const query = and(
          anyOf(path, values),
          { kind: 'exists', path: 'incident' },
          not(equals('incident', id)),
        );
        for (const { value: alert } of (
          await records.search(by.scope, 'alerts', { query, limit: ALERTS_READ })
        ).items) {
          const of =
            shared.get(alert.incident ?? '') ?? new Map<string, { kind: ObservableKind; value: string }>();
          of.set(`${kind} ${alert[path]}`, { kind, value: String(alert[path]) });
          shared.set(alert.incident ?? '', of);
        }
      }
      const most = [...shared].sort(([, a], [, b]) => b.size - a.size).slice(0, RELATED_SHOWN);
      const found: Related[] = [];
      for (const [other, values] of most) {
        const stored = await records.get(by.scope, 'incidents', other);
        if (stored) found.push({ incident: stored.value, shared: [...values.values()] });
      }
      return ok(found);
    },
  };

  /** In any unit: the bytes belong to whoever still names them. */
  async function isNamed(sha256: string): Promise<boolean> {
    const query = equals('sha256', sha256);
    const { items } = await records.search(parts.everywhere, 'attachments', { query, limit: 1000 });
    return items.some(({ value }) => value.removedAt === undefined);
  }
}

function changedTask(before: Task, change: TaskChange, at: string, by: string): Task {
  const {
    note: _note,
    assignee: _assignee,
    dueAt: _dueAt,
    doneAt: _doneAt,
    doneBy: _doneBy,
    ...kept
  } = before;
  const next = <K extends 'note' | 'assignee' | 'dueAt'>(name: K) => {
    const value = change[name] === undefined ? before[name] : (change[name] ?? undefined);
    return value === undefined ? {} : { [name]: value };
  };
  const state = change.state ?? before.state;
  return {
    ...kept,
    ...next('note'),
    ...next('assignee'),
    ...next('dueAt'),
    ...(change.title !== undefined && { title: change.title.trim() }),
    state,
    ...(state === 'done' && { doneAt: before.doneAt ?? at, doneBy: before.doneBy ?? by }),
  };
}

function refused(at: string, message: string, remedy: string): Fault {
  return fault('invalid_request', undefined, [{ message, at, remedy }]);
}
