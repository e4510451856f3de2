import { describe, expect, it } from 'vitest';
import type { Answer } from '$lib/api/answer.js';
import { IncidentWork } from './incident.svelte.js';
import { timelineRows } from './timeline.js';
import { nextStage, spineOf } from './stages.js';

describe('the spine', () => {
  const times = { monitor: '2026-11-22T06:00:00.000Z', dispose: '2026-11-22T08:00:00.000Z' };
  it('says what is behind, present and ahead, and what was passed over', () => {
    const spine = spineOf({ stage: 'dispose', stageTimes: times });
    expect(spine.map(({ place, skipped }) => (skipped ? 'skipped' : place))).toEqual([
      'past',
      'skipped',
      'skipped',
      'present',
      'ahead',
    ]);
  });
  it('shows no time for a stage that was left backwards', () => {
    const spine = spineOf({ stage: 'monitor', stageTimes: times });
    expect(spine[3]).toEqual({ stage: 'dispose', place: 'ahead', skipped: false });
  });
  it('steps to the nearest stage ahead; closing has its own form', () => {
    expect(
      nextStage([
        { to: 'dispose', back: false },
        { to: 'monitor', back: true },
        { to: 'notify', back: false },
      ]),
    ).toBe('notify');
    expect(
      nextStage([
        { to: 'closed', back: false },
        { to: 'notify', back: true },
      ]),
    ).toBeUndefined();
  });
});

describe('an incident at work', () => {
  const doorOf = (conflict: boolean) => {
    let version = 1;
    const sent: unknown[] = [];
    return {
      sent,
      get: async (path: string): Promise<Answer<unknown>> =>
        path.endsWith('timeline') || path === '/alerts'
          ? { ok: true, value: { total: 0, items: [], next: null } }
          : { ok: true, value: { id: 'inc_1', version: version++, stage: 'monitor', alerts: [], next: [] } },
      call: async (...parts: unknown[]): Promise<Answer<unknown>> => {
        sent.push(parts);
        return conflict
          ? { ok: false, problem: { type: '', title: '', status: 409, code: 'conflict', remedy: '' } }
          : { ok: true, value: {} };
      },
    };
  };

  it('names the version it saw, and reads anew after a change', async () => {
    const door = doorOf(false);
    const work = new IncidentWork(door as never, 'inc_1');
    await work.read();
    expect(await work.toStage('warn', 'seen', 1)).toBeUndefined();
    expect(door.sent).toEqual([
      ['POST', '/incidents/inc_1/stage', { body: { version: 1, to: 'warn', note: 'seen' } }],
    ]);
    expect(work.incident?.version).toBe(2);
    expect(work.overtaken).toBe(false);
  });
  it('names the version that the person saw, though a newer one has come meanwhile', async () => {
    const door = doorOf(false);
    const work = new IncidentWork(door as never, 'inc_1');
    await work.read();
    await work.read();
    await work.edit({ title: 'x' }, 1);
    expect(door.sent).toEqual([['PATCH', '/incidents/inc_1', { body: { version: 1, title: 'x' } }]]);
  });
  it('on a conflict reads the newer state, says so, and hands the problem back to the form', async () => {
    const work = new IncidentWork(doorOf(true) as never, 'inc_1');
    await work.read();
    expect(await work.edit({ title: 'x' })).toMatchObject({ code: 'conflict' });
    expect([work.incident?.version, work.overtaken]).toEqual([2, true]);
  });
});

describe('the timeline', () => {
  const event = (id: string, at: string, ingestedAt: string) => ({
    ...{ id, at, ingestedAt, alert: 'alr_1', title: 'T', rule: 'r', text: '' },
  });
  const entry = { id: 'tml_1', at: '2026-11-26T08:00:05.000Z', kind: 'created' } as never;
  const events = [
    event('evt_1', '2026-11-26T08:00:00.000Z', '2026-11-26T08:00:09.000Z'),
    event('evt_2', '2026-11-26T08:00:01.000Z', '2026-11-26T08:00:02.000Z'),
  ];
  it('goes by either clock', () => {
    const order = (clock: 'event' | 'ingest') => timelineRows([entry], events, clock).map(({ id }) => id);
    expect(order('event')).toEqual(['evt_1', 'evt_2', 'tml_1']);
    expect(order('ingest')).toEqual(['evt_2', 'tml_1', 'evt_1']);
  });
});
