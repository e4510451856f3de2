/** Records and events for tests, in one's own unit, in another's, and in another realm. */
import type { Event } from '#kernel/event.js';
import type { WriteOperation } from '#kernel/ports/record-store.js';
import type { Alert, Incident } from '#kernel/schema/alert.js';
import type { Hunt } from '#kernel/schema/hunt.js';
import type { RuleException } from '#kernel/schema/rule.js';
import type { Job, Source } from '#kernel/schema/source.js';
import type { Attachment, Observable, Task } from '#kernel/schema/workspace.js';
import type { Placed } from '#kernel/scope.js';
import type { TestApp } from './build-app.js';
import { machinery, makeUser } from './principals.js';

export const PLACES = {
  own: { unit: '/a', realm: 'live', classification: 1 },
  unit: { unit: '/b', realm: 'live', classification: 1 },
  realm: { unit: '/a', realm: 'drill:one', classification: 1 },
  classified: { unit: '/a', realm: 'live', classification: 2 },
} as const satisfies Record<string, Placed>;
export type Place = keyof typeof PLACES;

const AT = '2026-11-22T08:00:00.000Z';
let frame = 0;

export function createItems(app: TestApp) {
  const { ids, records, events } = app.ground;

  async function keep(operation: WriteOperation): Promise<void> {
    const outcome = await records.write(machinery.scope, [operation]);
    if (!outcome.ok) throw new Error(outcome.reason);
  }

  async function event(place: Place): Promise<string> {
    const id = ids.next('evt');
    const value: Event = {
      ...PLACES[place],
      id,
      seq: (frame += 1),
      timeMs: Date.parse(AT),
      ingestedMs: Date.parse(AT),
      source: 'src_x',
      fields: { 'host.name': `host-${id}`, message: id },
    };
    await events.append([
      { journal: 'jrn_test', number: frame, ingestedMs: value.ingestedMs, firstSeq: frame, events: [value] },
    ]);
    return id;
  }

  async function incident(place: Place, more: Partial<Incident> = {}): Promise<string> {
    const id = ids.next('inc');
    const value: Incident = {
      ...PLACES[place],
      id,
      title: `Incident ${id}`,
      severity: 'high',
      stage: 'monitor',
      createdBy: 'usr_x',
      createdAt: AT,
      updatedAt: AT,
      stageTimes: { monitor: AT },
      alerts: [],
      ...more,
    };
    await keep({ kind: 'create', collection: 'incidents', value });
    return id;
  }

  return {
    event,
    async alert(place: Place, more: Partial<Alert> = {}): Promise<string> {
      const id = ids.next('alr');
      const copy = {
        id: 'evt_x',
        seq: 1,
        timeMs: 0,
        ingestedMs: 0,
        ...PLACES[place],
        source: 'src_x',
        fields: { message: 'x' },
      };
      const value: Alert = {
        ...PLACES[place],
        id,
        rule: { id: 'rule-1', version: 'v', title: 'Rule', tags: [] },
        title: `Alert ${id}`,
        severity: 'high',
        status: 'new',
        entity: { kind: 'host', value: `host-${id}` },
        groupKey: id,
        count: 1,
        firstEventAt: AT,
        lastEventAt: AT,
        raisedAt: AT,
        updatedAt: AT,
        latenessMs: 0,
        outcome: 'attempted',
        first: { event: copy, matched: [] },
        last: { event: copy, matched: [] },
        samples: [],
        applied: { journal: 'jrn_test', frame: 1 },
        ...more,
      };
      await keep({ kind: 'create', collection: 'alerts', value });
      return id;
    },
    incident,
    /** A task, observable or file of an incident; `[incident, item]`. */
    async gathered(place: Place, what: 'task' | 'observable' | 'attachment'): Promise<[string, string]> {
      const of = await incident(place);
      const base = { ...PLACES[place], incident: of };
      const id = ids.next(what === 'task' ? 'tsk' : what === 'observable' ? 'obs' : 'att');
      if (what === 'task') {
        const value: Task = { ...base, id, title: 'Look', state: 'open', createdAt: AT, createdBy: 'usr_x' };
        await keep({ kind: 'create', collection: 'tasks', value });
      } else if (what === 'observable') {
        const value: Observable = {
          ...{
            ...base,
            id,
            kind: 'ip',
            value: '192.0.2.1',
            origin: 'person',
            createdAt: AT,
            createdBy: 'usr_x',
          },
        };
        await keep({ kind: 'create', collection: 'observables', value });
      } else {
        const value: Attachment = {
          ...{
            ...base,
            id,
            name: 'a.txt',
            bytes: 0,
            sha256: '0'.repeat(64),
            uploadedAt: AT,
            uploadedBy: 'usr_x',
          },
        };
        await keep({ kind: 'create', collection: 'attachments', value });
      }
      return [of, id];
    },
    async source(place: Place): Promise<string> {
      const id = ids.next('src');
      const counters = { events: 0, bytes: 0, errors: 0, lost: 0 };
      const value: Source = {
        ...{ ...PLACES[place], id, kind: 'http', name: `Source ${id}`, enabled: true },
        ...{ createdAt: AT, createdBy: 'system', state: 'running', ...counters },
      };
      await keep({ kind: 'create', collection: 'sources', value });
      return id;
    },
    async exception(place: Place, more: Partial<RuleException> = {}): Promise<string> {
      const id = ids.next('exc');
      const value: RuleException = {
        ...{ ...PLACES[place], id, kind: 'exception', rule: 'rule-1', ruleTitle: 'Rule', query: 'a: b' },
        ...{ owner: 'usr_x', reason: 'known', expiresAt: '2099-01-01T00:00:00.000Z' },
        ...{ createdAt: AT, createdBy: 'usr_x', hits: 0 },
        ...more,
      };
      await keep({ kind: 'create', collection: 'exceptions', value });
      return id;
    },
    /** Of an alert that is gone: undoing it skips that. */
    async change(place: Place): Promise<string> {
      const job = ids.next('chg');
      const alerts = [{ alert: 'alr_gone', version: 2, status: 'new' as const }];
      const value = { ...PLACES[place], id: `${job}/0`, job, part: 0, alerts };
      await keep({ kind: 'create', collection: 'bulkChanges', value });
      return job;
    },
    async hunt(place: Place): Promise<string> {
      const id = ids.next('hnt');
      const value: Hunt = {
        ...{
          ...PLACES[place],
          id,
          rule: 'rule-x',
          version: 'v1',
          job: 'job_x',
          startedAt: AT,
          startedBy: 'usr_x',
        },
        ...{ from: AT, to: AT, matches: 0, groups: [], further: 0 },
      };
      await keep({ kind: 'create', collection: 'hunts', value });
      return id;
    },
    async job(place: Place): Promise<string> {
      const id = ids.next('job');
      const value: Job = {
        ...{ ...PLACES[place], id, kind: 'replay', title: id, state: 'done', done: 1, total: 1 },
        ...{ startedAt: AT, startedBy: 'usr_x' },
      };
      await keep({ kind: 'create', collection: 'jobs', value });
      return id;
    },
    async bulkJob(place: Place): Promise<string> {
      const id = ids.next('job');
      const value: Job = {
        ...{ ...PLACES[place], id, kind: 'bulk', title: id, state: 'done', done: 1, total: 1 },
        ...{ startedAt: AT, startedBy: 'usr_x', undoable: true, data: { status: 'in_progress' } },
      };
      await keep({ kind: 'create', collection: 'jobs', value });
      return id;
    },
    async user(place: Place): Promise<string> {
      const { unit } = PLACES[place];
      return (await makeUser(app, ['viewer'], { ...PLACES[place], units: [unit] })).id;
    },
    async key(place: Place): Promise<string> {
      const id = ids.next('key');
      await keep({
        kind: 'create',
        collection: 'keys',
        value: {
          ...PLACES[place],
          id,
          name: id,
          hash: 'x',
          scopes: ['ingest'],
          ceiling: 1,
          createdAt: AT,
          createdBy: 'usr_x',
        },
      });
      return id;
    },
  };
}

export type Items = ReturnType<typeof createItems>;
