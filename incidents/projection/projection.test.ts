import { describe, expect, it } from 'vitest';
import { createEventBus, type EventMap } from '#kernel/bus.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { Alert, MatchedEvent } from '#kernel/schema/alert.js';
import type { AlertEffect, Judgement } from '#kernel/schema/judgement.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import { openProjection, type Projection } from './projection.js';

const T0 = Date.UTC(2026, 0, 1);
const scope = testScope({ realm: '*' });

const matchedEvent = (seq: number, timeMs = T0 + seq * 1000): MatchedEvent => ({
  event: {
    id: `evt_${seq}`,
    seq,
    timeMs,
    ingestedMs: timeMs,
    unit: '/cn',
    realm: 'live',
    classification: 1,
    source: 'src_1',
    fields: { message: `line ${seq}` },
  },
  matched: [{ path: 'message', value: `line ${seq}` }],
});

function effect(alert: string, seqs: readonly number[], change: Partial<AlertEffect> = {}): AlertEffect {
  const events = seqs.map((seq) => matchedEvent(seq));
  const first = events[0] as MatchedEvent;
  const last = events.at(-1) as MatchedEvent;
  return {
    kind: 'create',
    alert,
    groupKey: 'r1|host|a',
    rule: { id: 'r1', version: 'v1', title: 'Brute force', tags: [] },
    severity: 'high',
    unit: '/cn',
    realm: 'live',
    classification: 1,
    entity: { kind: 'host', value: 'a' },
    outcome: 'attempted',
    count: seqs.length,
    firstEventMs: first.event.timeMs,
    lastEventMs: last.event.timeMs,
    latenessMs: 5,
    first,
    last,
    samples: events.slice(1, -1),
    ...change,
  };
}

function judgement(frame: number, effects: AlertEffect[], change: Partial<Judgement> = {}): Judgement {
  const matches = effects.reduce((sum, { count }) => sum + count, 0);
  const created = effects.filter(({ kind }) => kind === 'create').length;
  const rest = { suppressed: 0, excepted: 0, deferred: 0, signalled: 0, errors: 0 };
  return {
    id: `jrn_1/${frame}`,
    unit: '/',
    realm: 'live',
    classification: 1,
    journal: 'jrn_1',
    fromFrame: frame,
    toFrame: frame,
    firstSeq: frame * 100,
    lastSeq: frame * 100 + 99,
    events: 100,
    ruleSet: 'set',
    judgedAt: new Date(T0 + frame * 60_000).toISOString(),
    rules:
      matches === 0
        ? []
        : [{ rule: 'r1', version: 'v1', matches, created, merged: matches - created, ...rest }],
    effects,
    ...change,
  };
}

async function world(records: RecordStore = createMemoryRecordStore()) {
  const heard: { name: keyof EventMap; payload: unknown }[] = [];
  const bus = createEventBus((error) => {
    throw error;
  });
  for (const name of ['alert.raised', 'alert.changed', 'loss.counted'] as const)
    bus.on(name, (payload) => void heard.push({ name, payload }));
  const projection = await openProjection({ records, scope, bus });
  const alert = async (id: string) => (await records.get(scope, 'alerts', id))?.value as Alert;
  const alerts = async () =>
    (await records.search(scope, 'alerts', { query: ALL })).items.map(({ value }) => value);
  return { records, heard, projection, alert, alerts, names: () => heard.map(({ name }) => name) };
}

async function triage(records: RecordStore, id: string, change: Partial<Alert>): Promise<void> {
  const found = await records.get(scope, 'alerts', id);
  if (!found) throw new Error('no alert');
  const value = { ...found.value, ...change };
  await records.write(scope, [{ kind: 'replace', collection: 'alerts', value, version: found.version }]);
}

const CLOSED = { status: 'closed', disposition: 'legitimate', conclusion: 'a job of ours' } as const;

describe('projection of judgements', () => {
  it('creates an alert with its events, and says so after the write', async () => {
    const { projection, alert, heard } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [1, 2, 3], { sourceIp: '192.0.2.1' })]));
    const made = await alert('alr_1');
    expect(made).toMatchObject({
      status: 'new',
      title: 'Brute force',
      count: 3,
      sourceIp: '192.0.2.1',
      firstEventAt: '2026-01-01T00:00:01.000Z',
      lastEventAt: '2026-01-01T00:00:03.000Z',
      raisedAt: '2026-01-01T00:01:00.000Z',
      applied: { journal: 'jrn_1', frame: 1 },
    });
    expect(made.samples.map(({ event }) => event.id)).toEqual(['evt_2']);
    expect(projection.groups.find('r1|host|a')).toBe('alr_1');
    expect(heard).toEqual([
      {
        name: 'alert.raised',
        payload: {
          id: 'alr_1',
          unit: '/cn',
          realm: 'live',
          classification: 1,
          severity: 'high',
          title: 'Brute force',
        },
      },
    ]);
  });

  it('merges count, times, outcome and at most ten samples', async () => {
    const { projection, alert, names } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [20, 21])]));
    await projection.apply(
      judgement(2, [
        effect('alr_1', [5, 30], {
          kind: 'merge',
          outcome: 'compromised',
          latenessMs: 99,
          severity: 'critical',
        }),
      ]),
    );
    await projection.apply(
      judgement(3, [
        effect('alr_1', [22, 23, 24, 25, 26, 27, 28, 29, 31, 32], { kind: 'merge', severity: 'low' }),
      ]),
    );
    const merged = await alert('alr_1');
    expect(merged).toMatchObject({
      count: 14,
      firstEventAt: '2026-01-01T00:00:05.000Z',
      lastEventAt: '2026-01-01T00:00:32.000Z',
      outcome: 'compromised',
      severity: 'critical',
      latenessMs: 99,
      raisedAt: '2026-01-01T00:01:00.000Z',
      updatedAt: '2026-01-01T00:03:00.000Z',
    });
    expect(merged.first.event.id).toBe('evt_5');
    expect(merged.last.event.id).toBe('evt_32');
    const samples = merged.samples.map(({ event }) => event.id);
    expect(samples).toHaveLength(10);
    expect(new Set([...samples, 'evt_5', 'evt_32']).size).toBe(12);
    expect(names()).toEqual(['alert.raised', 'alert.changed', 'alert.changed']);
  });

  it('changes nothing when a judgement comes twice, in the process or after a restart', async () => {
    const { records, projection, alert } = await world();
    const twice = judgement(1, [effect('alr_1', [1, 2])]);
    await projection.apply(twice);
    await projection.apply(twice);
    const again = await world(records);
    await again.projection.apply(twice);
    expect((await alert('alr_1')).count).toBe(2);
    expect(again.projection.ledger.totals().matches).toBe(2);
    expect(again.heard).toEqual([]);
  });

  it('goes on where a crash cut it short: alerts written, mark and ledger not', async () => {
    const { records, projection, alert } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [1])]));
    const cut = judgement(2, [effect('alr_1', [2], { kind: 'merge' })]);
    await records.write(scope, [{ kind: 'create', collection: 'judgements', value: cut }]);
    const before = await alert('alr_1');
    await triage(records, 'alr_1', { count: 2, applied: { journal: 'jrn_1', frame: 2 } });
    const after = await world(records);
    expect(await after.projection.catchUp('jrn_1')).toBe(2);
    expect((await alert('alr_1')).count).toBe(before.count + 1);
    expect(after.projection.ledger.totals()).toMatchObject({
      matches: 2,
      created: 1,
      merged: 1,
      unaccounted: 0,
    });
  });

  it('catches up from the stored judgements in order', async () => {
    const { records, projection, alert } = await world();
    const row = Array.from({ length: 250 }, (_, i) =>
      judgement(i + 1, [effect('alr_1', [i + 1], { kind: i === 0 ? 'create' : 'merge' })]),
    );
    await records.write(
      scope,
      row.map((value) => ({ kind: 'create', collection: 'judgements', value }) as const),
    );
    expect(await projection.catchUp('jrn_1')).toBe(250);
    expect((await alert('alr_1')).count).toBe(250);
    expect(await projection.catchUp('jrn_2')).toBe(0);
  });

  it('merges a create whose group is open after all, also within one judgement', async () => {
    const { projection, alerts } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [1]), effect('alr_2', [2])]));
    await projection.apply(judgement(2, [effect('alr_3', [3])]));
    expect((await alerts()).map(({ id, count }) => [id, count])).toEqual([['alr_1', 3]]);
  });

  it('makes a new alert where the group is closed', async () => {
    const { records, projection, alerts } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [1])]));
    await triage(records, 'alr_1', CLOSED);
    projection.groups.closed('r1|host|a', 'alr_1', 2);
    await projection.apply(judgement(2, [effect('alr_2', [2])]));
    expect((await alerts()).map(({ id, status }) => [id, status]).sort()).toEqual([
      ['alr_1', 'closed'],
      ['alr_2', 'new'],
    ]);
    expect(projection.groups.find('r1|host|a')).toBe('alr_2');
  });

  it('reopens an alert that was closed while its match was on the way', async () => {
    const { records, projection, alert } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [1])]));
    await triage(records, 'alr_1', { ...CLOSED, assignee: 'usr_1' });
    projection.groups.closed('r1|host|a', 'alr_1', 2);
    await projection.apply(judgement(2, [effect('alr_1', [2], { kind: 'merge' })]));
    const reopened = await alert('alr_1');
    expect(reopened).toMatchObject({ status: 'in_progress', reopened: true, count: 2, assignee: 'usr_1' });
    expect(reopened.conclusion).toBeUndefined();
    expect(reopened.disposition).toBeUndefined();
    expect(projection.groups.find('r1|host|a')).toBe('alr_1');
  });

  it('keeps what a person changed in the same moment', async () => {
    const { records, projection, alert } = await world();
    await projection.apply(judgement(1, [effect('alr_1', [1])]));
    await triage(records, 'alr_1', { assignee: 'usr_9', status: 'on_hold' });
    await projection.apply(judgement(2, [effect('alr_1', [2], { kind: 'merge' })]));
    expect(await alert('alr_1')).toMatchObject({ assignee: 'usr_9', status: 'on_hold', count: 2 });
  });

  it('takes nothing as applied where the store failed, and does it all the next time', async () => {
    const records = createMemoryRecordStore();
    let failing = false;
    const { projection, alert, names } = await world({
      ...records,
      async write(...args) {
        if (failing) throw new Error('disk full');
        return records.write(...args);
      },
    });
    failing = true;
    await expect(projection.apply(judgement(1, [effect('alr_1', [1])]))).rejects.toThrow('disk full');
    expect(names()).toEqual([]);
    expect(projection.groups.find('r1|host|a')).toBeUndefined();
    failing = false;
    await projection.apply(judgement(1, [effect('alr_1', [1])]));
    expect((await alert('alr_1')).count).toBe(1);
    expect(projection.ledger.totals().matches).toBe(1);
  });

  it('writes more alerts than one group holds, and again without doubling', async () => {
    const { records, projection, alerts } = await world();
    const many = Array.from({ length: 950 }, (_, i) => effect(`alr_${i}`, [i], { groupKey: `r1|host|${i}` }));
    await projection.apply(judgement(1, many));
    expect((await records.search(scope, 'alerts', { query: ALL })).total).toBe(950);
    expect(projection.groups.size).toBe(950);
    expect((await alerts())[0]?.count).toBe(1);
    expect((await world(records)).projection.groups.size).toBe(950);
  });

  it('joins the devices that report one attack; a graver alarm gives the alert its title', async () => {
    const { projection, alert } = await world();
    const device = (name: string, title: string, severity: Alert['severity']): Partial<AlertEffect> => ({
      ...{ title, severity },
      devices: [{ name, alarms: [title], count: 1, severity, action: 'blocked' }],
    });
    await projection.apply(judgement(1, [effect('alr_1', [1], device('wall', 'Scan', 'low'))]));
    const merge = (frame: number, of: Partial<AlertEffect>) =>
      projection.apply(judgement(frame, [effect('alr_1', [frame], { ...of, kind: 'merge' })]));
    await merge(2, device('sensor', 'Exploit', 'high'));
    await merge(3, device('wall', 'Probe', 'medium'));
    await merge(3, device('wall', 'Probe', 'medium'));
    expect(await alert('alr_1')).toMatchObject({
      ...{ title: 'Exploit', severity: 'high', count: 3 },
      devices: [
        { name: 'wall', alarms: ['Scan', 'Probe'], count: 2, severity: 'medium', action: 'blocked' },
        { name: 'sensor', alarms: ['Exploit'], count: 1, severity: 'high', action: 'blocked' },
      ],
    });
  });

  it('sums the ledger by rule version and shows matches that went nowhere', async () => {
    const { projection, heard } = await world();
    const counts = {
      matches: 10,
      created: 1,
      merged: 2,
      suppressed: 3,
      excepted: 0,
      deferred: 0,
      signalled: 1,
      errors: 2,
    };
    await projection.apply(judgement(1, [], { rules: [{ rule: 'r1', version: 'v1', ...counts }] }));
    await projection.apply(
      judgement(2, [], { rules: [{ rule: 'r1', version: 'v2', ...counts, matches: 7 }] }),
    );
    expect(projection.ledger.line('r1', 'v1')).toMatchObject({ matches: 10, errors: 2 });
    expect(projection.ledger.ofRule('r1')).toMatchObject({
      matches: 17,
      lastMatchAt: '2026-01-01T00:02:00.000Z',
    });
    expect(projection.ledger.totals()).toMatchObject({ matches: 17, suppressed: 6, unaccounted: 3 });
    expect(heard).toEqual([
      {
        name: 'loss.counted',
        payload: { reason: 'match_unaccounted', count: 3, of: 'records', detail: 'r1@v1 in jrn_1/1' },
      },
    ]);
  });

  it('counts frames that have no judgement as a loss', async () => {
    const { projection, heard } = await world();
    await projection.apply(judgement(1, [], { toFrame: 3 }));
    await projection.apply(judgement(6, []));
    expect(heard).toMatchObject([
      { name: 'loss.counted', payload: { reason: 'judgement_missing', count: 2 } },
    ]);
  });
});

describe('judgements that come at once', () => {
  it('are applied in order', async () => {
    const { projection, alert }: { projection: Projection; alert: (id: string) => Promise<Alert> } =
      await world();
    await Promise.all(
      [1, 2, 3].map((frame) =>
        projection.apply(
          judgement(frame, [effect('alr_1', [frame], { kind: frame === 1 ? 'create' : 'merge' })]),
        ),
      ),
    );
    expect((await alert('alr_1')).count).toBe(3);
  });
});
