import { beforeEach, describe, expect, it } from 'vitest';
import { createEventBus } from '#kernel/bus.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { Alert, MatchedEvent } from '#kernel/schema/alert.js';
import { undoOf } from '#kernel/undo.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import { createIdentifiers, openAuditLog, verifyEntries } from '#test/trust.js';
import { createBulk } from './bulk.js';
import { createCases, type Cases } from './cases.js';
import type { Acting } from './parts.js';
import { commonUnit } from './placement.js';
import { createOpenGroups } from './projection/open-groups.js';
import { createTriage, type AlertChange, type Triage } from './triage.js';

const everything = testScope({ realm: '*' });
const by: Acting = {
  scope: testScope({ units: ['/cn/gd'] }),
  actor: { kind: 'user', id: 'usr_1', name: 'lin' },
};
const elsewhere: Acting = { ...by, scope: testScope({ units: ['/cn/hn'] }) };
const drill: Acting = { ...by, scope: testScope({ units: ['/cn/gd'], realm: 'drill:one' }) };
const matched = { event: { id: 'evt_1' }, matched: [] } as unknown as MatchedEvent;

const alert = (id: string, change: Partial<Alert> = {}): Alert => ({
  id,
  unit: '/cn/gd',
  realm: 'live',
  classification: 1,
  rule: { id: 'r1', version: 'v1', title: 'Brute force', tags: [] },
  title: `Brute force ${id}`,
  severity: 'high',
  status: 'new',
  entity: { kind: 'host', value: id },
  groupKey: `g-${id}`,
  count: 1,
  firstEventAt: '2026-01-01T00:00:00.000Z',
  lastEventAt: '2026-01-01T00:00:00.000Z',
  raisedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  latenessMs: 0,
  outcome: 'attempted',
  first: matched,
  last: matched,
  samples: [],
  applied: { journal: 'j', frame: 1 },
  ...change,
});

async function world(wrap: (records: RecordStore) => RecordStore = (records) => records) {
  const records = wrap(createMemoryRecordStore());
  let ms = Date.UTC(2026, 0, 2);
  const clock = { nowMs: () => (ms += 1000) };
  const heard: string[] = [];
  const bus = createEventBus((error) => {
    throw error;
  });
  bus.on('alert.changed', ({ id }) => void heard.push(id));
  bus.on('incident.changed', ({ id }) => void heard.push(id));
  const audit = await openAuditLog({ records, clock, node: 'n1' });
  const groups = createOpenGroups();
  const isAssignable = async (user: string) => user.startsWith('usr_');
  const parts = { records, audit, clock, ids: createIdentifiers(clock), bus, groups, isAssignable };
  const put = async (...alerts: Alert[]) => {
    await records.write(
      everything,
      alerts.map((value) => ({ kind: 'create', collection: 'alerts', value }) as const),
    );
    for (const { groupKey, id } of alerts) groups.opened(groupKey, id, 1);
  };
  const entries = async () =>
    (
      await records.search(everything, 'audit', {
        query: ALL,
        limit: 1000,
        sort: { path: 'index', order: 'asc' },
      })
    ).items.map(({ value }) => value);
  const stored = async (id: string) => (await records.get(everything, 'alerts', id))?.value as Alert;
  return {
    records,
    heard,
    groups,
    put,
    entries,
    stored,
    bulk: createBulk(parts),
    triage: createTriage(parts),
    cases: createCases(parts),
  };
}

let w: Awaited<ReturnType<typeof world>>;
let triage: Triage;
let cases: Cases;
beforeEach(async () => {
  w = await world();
  ({ triage, cases } = w);
});

const code = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code);
const GIVEN = { disposition: 'legitimate', conclusion: ' a job of ours ' } as const;

describe('triage', () => {
  const REFUSED: readonly [string, Parameters<Triage['patch']>, string][] = [
    ['unknown alert', [by, 'alr_9', 1, { status: 'in_progress' }], 'not_found'],
    ['another unit', [elsewhere, 'alr_1', 1, { status: 'in_progress' }], 'not_found'],
    ['another realm', [drill, 'alr_1', 1, { status: 'in_progress' }], 'not_found'],
    ['old version', [by, 'alr_1', 7, { status: 'in_progress' }], 'conflict'],
    ['no conclusion', [by, 'alr_1', 1, { status: 'closed', disposition: 'unknown' }], 'conclusion_required'],
    ['no such person', [by, 'alr_1', 1, { assignee: 'nobody' }], 'not_found'],
  ];
  for (const [name, args, expected] of REFUSED)
    it(`refuses: ${name}; nothing is changed or audited`, async () => {
      await w.put(alert('alr_1'));
      const result = await triage.patch(...args);
      expect(code(result)).toBe(expected);
      if (!result.ok && expected === 'conflict') expect(result.fault.data?.version).toBe(1);
      expect(await w.stored('alr_1')).toEqual(alert('alr_1'));
      expect(await w.entries()).toEqual([]);
    });

  it('assigns, takes away, closes and opens again, each with its audit entry', async () => {
    await w.put(alert('alr_1'));
    const steps = [
      { assignee: 'usr_2', status: 'in_progress' },
      { assignee: null },
      { status: 'closed', ...GIVEN },
      { status: 'in_progress' },
    ] as const;
    const groups: (string | undefined)[] = [];
    for (const [i, step] of steps.entries()) {
      expect(await triage.patch(by, 'alr_1', i + 1, step)).toMatchObject({
        ok: true,
        value: { version: i + 2 },
      });
      groups.push(w.groups.find('g-alr_1'));
    }
    expect(groups).toEqual(['alr_1', 'alr_1', undefined, 'alr_1']);
    const entries = await w.entries();
    expect(entries.map(({ detail }) => detail)).toEqual([
      { assignee: 'usr_2', status: 'in_progress' },
      { assignee: null },
      { status: 'closed', disposition: 'legitimate', conclusion: 'a job of ours' },
      { status: 'in_progress', disposition: null, conclusion: null },
    ]);
    expect(
      entries.every(
        ({ unit, actor, target }) => unit === '/cn/gd' && actor === 'usr_1' && target === 'alerts/alr_1',
      ),
    ).toBe(true);
    expect(verifyEntries(entries, { from: 0 }).problems).toEqual([]);
    expect(w.heard).toEqual(['alr_1', 'alr_1', 'alr_1', 'alr_1']);
  });

  it('acts on many, and names those that could not', async () => {
    await w.put(
      ...Array.from({ length: 250 }, (_, i) => alert(`alr_${i}`)),
      alert('alr_far', { unit: '/cn/hn' }),
      alert('alr_done', { status: 'closed', disposition: 'unknown', conclusion: 'x' }),
    );
    const ids = [...Array.from({ length: 250 }, (_, i) => `alr_${i}`), 'alr_far', 'alr_none', 'alr_1'];
    expect(await triage.act(by, ids, { status: 'closed', ...GIVEN })).toEqual({
      ok: true,
      value: {
        changed: 250,
        conflicts: ['alr_far', 'alr_none'],
        undo: expect.stringMatching(/^chg_/) as string,
      },
    });
    expect((await w.entries()).length).toBe(250);
    expect(code(await triage.act(by, ['alr_1'], { status: 'on_hold' }))).toBe('ok');
    expect(await triage.act(by, ['alr_done'], { status: 'on_hold' })).toMatchObject({
      value: { conflicts: ['alr_done'] },
    });
    expect(code(await triage.act(by, ['alr_2'], { status: 'in_progress' }))).toBe('ok');
    expect(code(await triage.act(by, ['alr_2'], { status: 'closed' }))).toBe('conclusion_required');
  });

  it('keeps the way back of one change and of many, whatever the status was', async () => {
    const undo = (name: string, change: AlertChange) =>
      w.bulk.undo(by, name, change, () => undefined, new AbortController().signal);
    const closed = { status: 'closed', ...GIVEN } as const;
    const stateOf = async (id: string) => {
      const { status, disposition, assignee } = await w.stored(id);
      return [status, disposition, assignee];
    };
    await w.put(alert('alr_1'), alert('alr_2', { status: 'on_hold', assignee: 'usr_li' }));
    const one = await triage.patch(by, 'alr_1', 1, closed);
    if (!one.ok) throw new Error(one.fault.code);
    expect(await stateOf('alr_1')).toEqual(['closed', GIVEN.disposition, undefined]);
    expect(await undo(undoOf('alr_1', one.value.version), closed)).toEqual({ changed: 1, skipped: 0 });
    expect(await stateOf('alr_1')).toEqual(['new', undefined, undefined]);

    const many = await triage.act(by, ['alr_1', 'alr_2'], closed);
    if (!many.ok) throw new Error(many.fault.code);
    expect(code(await triage.act(by, ['alr_1'], { status: 'in_progress' }))).toBe('ok');
    expect(await undo(many.value.undo, closed)).toEqual({ changed: 1, skipped: 1 });
    expect([await stateOf('alr_1'), await stateOf('alr_2')]).toEqual([
      ['in_progress', undefined, undefined],
      ['on_hold', undefined, 'usr_li'],
    ]);
  });

  it('leaves the others of a group untouched by one that changed in the same moment', async () => {
    let meddle = true;
    const base = createMemoryRecordStore();
    w = await world(() => ({
      ...base,
      async write(scope, operations) {
        if (meddle && operations.length > 4) {
          meddle = false;
          const found = await base.get(everything, 'alerts', 'alr_1');
          if (found)
            await base.write(everything, [
              {
                kind: 'replace',
                collection: 'alerts',
                version: found.version,
                value: { ...found.value, count: 2 },
              },
            ]);
        }
        return base.write(scope, operations);
      },
    }));
    meddle = false;
    await w.put(alert('alr_0'), alert('alr_1'), alert('alr_2'));
    meddle = true;
    expect(await w.triage.act(by, ['alr_0', 'alr_1', 'alr_2'], { status: 'on_hold' })).toEqual({
      ok: true,
      value: { changed: 2, conflicts: ['alr_1'], undo: expect.stringMatching(/^chg_/) as string },
    });
    expect(verifyEntries(await w.entries(), { from: 0 })).toEqual({ checked: 2, problems: [] });
  });
});

describe('incidents', () => {
  const made = async (...alerts: string[]) => {
    const result = await cases.create(by, { alerts });
    if (!result.ok) throw new Error(result.fault.code);
    return result.value.value;
  };
  const lines = async (id: string) => {
    const page = await cases.timeline(by, id);
    return page.ok
      ? page.value.items.map(({ kind, from, to }) => [kind, from, to].filter(Boolean).join(' '))
      : [];
  };

  it('goes the whole way: made of alerts, assigned, walked, discussed, closed with them, reopened', async () => {
    await w.put(
      alert('alr_1', { classification: 2 }),
      alert('alr_2', { severity: 'critical', status: 'on_hold' }),
    );
    const { id, ...incident } = await made('alr_1', 'alr_2');
    expect(incident).toMatchObject({
      title: 'Brute force alr_1',
      severity: 'critical',
      stage: 'monitor',
      unit: '/cn/gd',
      classification: 2,
      alerts: ['alr_1', 'alr_2'],
    });
    expect(await w.stored('alr_1')).toMatchObject({ incident: id, status: 'in_progress' });
    expect(await w.stored('alr_2')).toMatchObject({ incident: id, status: 'on_hold' });
    expect(code(await cases.patch(by, id, 1, { assignee: 'usr_2', title: 'Guessing at the gate' }))).toBe(
      'ok',
    );
    expect(code(await cases.step(by, id, 2, 'warn'))).toBe('ok');
    expect(code(await cases.step(by, id, 3, 'dispose'))).toBe('invalid_request');
    expect(code(await cases.step(by, id, 3, 'dispose', 'no time to lose'))).toBe('ok');
    expect(code(await cases.comment(by, id, 'seen it'))).toBe('ok');
    expect(code(await cases.close(by, id, 4, { disposition: 'unknown', closeAlerts: true }))).toBe(
      'conclusion_required',
    );
    expect(code(await cases.close(by, id, 4, { ...GIVEN, closeAlerts: true }))).toBe('ok');
    expect(await w.stored('alr_1')).toMatchObject({
      status: 'closed',
      conclusion: 'a job of ours',
      disposition: 'legitimate',
    });
    expect(w.groups.size).toBe(0);
    const closed = (await w.records.get(by.scope, 'incidents', id))?.value;
    expect(closed).toMatchObject({
      stage: 'closed',
      conclusion: 'a job of ours',
      title: 'Guessing at the gate',
    });
    expect(closed?.closedAt).toBe(closed?.stageTimes.closed);
    expect(code(await cases.step(by, id, 5, 'dispose', 'x'))).toBe('invalid_transition');
    const reopened = await cases.reopen(by, id, 5, 'it came back');
    expect(reopened).toMatchObject({ ok: true, value: { version: 6, value: { stage: 'dispose' } } });
    if (reopened.ok) expect(Object.keys(reopened.value.value)).not.toContain('conclusion');
    expect(await lines(id)).toEqual([
      'created',
      'alert_added alr_1',
      'alert_added alr_2',
      'edited',
      'assigned usr_2',
      'stage_changed monitor warn',
      'stage_changed warn dispose',
      'commented',
      'closed dispose legitimate',
      'reopened legitimate dispose',
    ]);
    const entries = await w.entries();
    expect(entries.map(({ action }) => action).filter((action) => action.startsWith('incident'))).toEqual([
      'incident.created',
      'incident.changed',
      'incident.stage_changed',
      'incident.stage_changed',
      'incident.commented',
      'incident.closed',
      'incident.reopened',
    ]);
    expect(verifyEntries(entries, { from: 0 }).problems).toEqual([]);
  });

  it('adds and removes alerts, each of which belongs to one incident', async () => {
    await w.put(alert('alr_1'), alert('alr_2'), alert('alr_3'));
    const one = await made('alr_1');
    const two = await made('alr_2');
    expect(code(await cases.create(by, { alerts: ['alr_1'] }))).toBe('invalid_request');
    expect(code(await cases.link(by, two.id, 1, { add: ['alr_1'] }))).toBe('invalid_request');
    expect(code(await cases.link(by, two.id, 1, { add: ['alr_9'] }))).toBe('not_found');
    expect(
      await cases.link(by, two.id, 1, { add: ['alr_3', 'alr_2'], remove: ['alr_2', 'alr_1'] }),
    ).toMatchObject({
      ok: true,
      value: { value: { alerts: ['alr_3'] } },
    });
    expect((await w.stored('alr_2')).incident).toBeUndefined();
    expect((await w.stored('alr_1')).incident).toBe(one.id);
  });

  it('needs a title where it has no alert, and says what it was given', async () => {
    expect(code(await cases.create(by, { alerts: [] }))).toBe('invalid_request');
    expect(await cases.create(by, { alerts: [], title: ' Hearsay ' })).toMatchObject({
      value: { value: { title: 'Hearsay', severity: 'medium', unit: '/cn/gd' } },
    });
  });

  const OTHERS: readonly [string, Acting, number, string][] = [
    ['another unit', elsewhere, 1, 'not_found'],
    ['another realm', drill, 1, 'not_found'],
    ['an old version', by, 9, 'conflict'],
  ];
  for (const [name, who, version, expected] of OTHERS)
    it(`lets nothing be done from ${name}`, async () => {
      await w.put(alert('alr_1'));
      const { id } = await made('alr_1');
      const before = await w.entries();
      const results = [
        await cases.patch(who, id, version, { title: 'x' }),
        await cases.step(who, id, version, 'warn'),
        await cases.close(who, id, version, GIVEN),
        await cases.reopen(who, id, version, 'x'),
        await cases.link(who, id, version, { remove: ['alr_1'] }),
        ...(who === by ? [] : [await cases.comment(who, id, 'x'), await cases.timeline(who, id)]),
      ];
      expect(results.map(code)).toEqual(results.map(() => expected));
      expect(await w.entries()).toEqual(before);
    });

  it('closes with its alerts though one is merged into in the same moment', async () => {
    const base = createMemoryRecordStore();
    let meddle = false;
    w = await world(() => ({
      ...base,
      async write(scope, operations) {
        if (meddle) {
          meddle = false;
          await base.write(everything, [
            {
              kind: 'replace',
              collection: 'alerts',
              version: 2,
              value: { ...(await w.stored('alr_1')), count: 2 },
            },
          ]);
        }
        return base.write(scope, operations);
      },
    }));
    ({ cases } = w);
    await w.put(alert('alr_1'));
    const { id } = await made('alr_1');
    meddle = true;
    expect(code(await cases.close(by, id, 1, { ...GIVEN, closeAlerts: true }))).toBe('ok');
    expect(await w.stored('alr_1')).toMatchObject({ status: 'closed', count: 2 });
    expect(await lines(id)).toEqual(['created', 'alert_added alr_1', 'closed monitor legitimate']);
  });
});

const UNITS: readonly [string, string, string][] = [
  ['/cn/gd/sz', '/cn/gd/gz', '/cn/gd'],
  ['/cn/gd', '/cn/gdx', '/cn'],
  ['/cn', '/us', '/'],
  ['/', '/cn', '/'],
  ['/cn/gd', '/cn/gd', '/cn/gd'],
];
describe('common unit', () => {
  for (const [a, b, common] of UNITS)
    it(`${a} and ${b}: ${common}`, () => expect(commonUnit(a, b)).toBe(common));
});
