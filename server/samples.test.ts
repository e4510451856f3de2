/** A recording loaded and taken away again: all that came of it goes, nothing else does, and it can be loaded anew. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { normalize } from '#collector/normalizers/normalize.js';
import { ALL, equals } from '#kernel/query/ast.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems } from './testing/items.js';
import { machinery, makeUser, OWN_UNIT, signedIn, type Headers } from './testing/principals.js';

const ID = 'sudo-misuse';
let app: TestApp;
let lead: Headers;

beforeAll(async () => {
  app = await buildTestApp();
  lead = await signedIn(app, await makeUser(app, ['lead']));
});

async function ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object): Promise<T> {
  const answer = await app.server.inject({
    ...{ method, url: `/api/v1${path}`, headers: lead },
    ...(payload && { payload }),
  });
  return answer.json<T>();
}

/** Starts a job by the request and waits for its end. */
async function done(method: 'POST' | 'DELETE', path: string, payload?: object) {
  const { id } = await ask<{ id: string }>(method, path, payload);
  return vi.waitFor(
    async () => {
      const job = await ask<{ state: string; message?: string }>('GET', `/jobs/${id}`);
      expect(job.state).not.toBe('running');
      return job;
    },
    { timeout: 15_000 },
  );
}
const load = () => done('POST', `/recordings/${ID}/replay`, { shift: 'now' });
const { scope } = machinery;
const loaded = async () =>
  (
    await ask<{ id: string; loaded?: { events: number; alerts: number; incidents: number } }[]>(
      'GET',
      '/recordings',
    )
  ).find(({ id }) => id === ID)?.loaded;
const ofSample = () =>
  app.ground.records.search(scope, 'alerts', { query: equals('sample', ID), limit: 100 });
const eventsOf = async () =>
  (await app.ground.events.search(scope, { query: equals('fenghuo.sample', ID) })).total;
const raised = () =>
  vi.waitFor(async () => {
    const { items } = await ofSample();
    expect(items.length).toBeGreaterThan(2);
    return items.map(({ value }) => value);
  });

describe('a sample recording', () => {
  it('is loaded, and tells what of it is there', async () => {
    expect(await loaded()).toBeUndefined();
    expect((await load()).state).toBe('done');
    const alerts = await raised();
    await vi.waitFor(async () =>
      expect(await loaded()).toMatchObject({ alerts: alerts.length, incidents: 0 }),
    );
  });

  it('is taken away with the incidents that are made of it alone, and with nothing else', async () => {
    const [one, two] = (await ofSample()).items;
    const [mine, mixed] = await Promise.all([
      ask<{ id: string }>('POST', `/alerts/${one?.value.id}/incident`, { title: 'of the sample alone' }),
      ask<{ id: string }>('POST', '/incidents', { title: 'of both', alerts: [two?.value.id] }),
    ]);
    await ask('POST', `/incidents/${mine.id}/comments`, { text: 'looked at it' });
    const forged = normalize(
      {
        value: {
          ...{ fenghuo: { sample: ID }, event: { module: 'fenghuo', dataset: 'fenghuo.state' } },
          message: 'mallory : user NOT in sudoers',
        },
      },
      {
        receivedMs: app.clock.nowMs(),
        unit: OWN_UNIT,
        realm: 'live',
        classification: 1,
        source: 'src_other',
      },
    );
    expect(forged.fields).toMatchObject({
      'unverified.fenghuo.sample': ID,
      'unverified.event.module': 'fenghuo',
      'unverified.event.dataset': 'fenghuo.state',
    });
    await app.journal.append([forged]);
    expect(await loaded()).toMatchObject({ incidents: 2 });

    const job = await done('DELETE', `/recordings/${ID}`);
    expect(job).toMatchObject({ state: 'done' });
    expect((await ofSample()).total).toBe(0);
    expect(await eventsOf()).toBe(0);
    expect(await loaded()).toBeUndefined();
    const { records, events } = app.ground;
    for (const { id } of [mine, mixed]) expect(await records.get(scope, 'incidents', id)).toBeUndefined();
    expect((await records.search(scope, 'timeline', { query: equals('incident', mine.id) })).total).toBe(0);
    const rest = await events.search(scope, { query: ALL });
    expect(rest.items.map(({ source }) => source)).toContain('src_other');
    const { items: entries } = await records.search(scope, 'audit', {
      query: equals('action', 'recording.removed'),
    });
    expect(entries).toHaveLength(1);
  });

  it('does not take away an incident that was once about something else, or that holds evidence', async () => {
    await load();
    const [sample, other] = await raised();
    const items = createItems(app);
    const real = await items.alert('own');
    type Case = { id: string; version: number };
    const swapped = await ask<Case>('POST', '/incidents', { title: 'a real one', alerts: [real] });
    const change = { version: swapped.version, add: [sample?.id], remove: [real] };
    await ask('POST', `/incidents/${swapped.id}/alerts`, change);
    const proven = await ask<Case>('POST', `/alerts/${other?.id}/incident`, {});
    await app.server.inject({
      ...{ method: 'POST', url: `/api/v1/incidents/${proven.id}/evidence?name=a`, payload: 'x' },
      headers: { ...lead, 'content-type': 'application/octet-stream' },
    });
    await done('DELETE', `/recordings/${ID}`);
    const { records } = app.ground;
    for (const { id } of [swapped, proven])
      expect((await records.get(scope, 'incidents', id))?.value.alerts).toEqual([]);
    const removed = await records.search(scope, 'audit', { query: equals('action', 'incident.removed') });
    expect(removed.items.map(({ value }) => value.detail?.['title'])).toContain('of the sample alone');
  });

  it('plays on for another unit', async () => {
    const elsewhere = await signedIn(app, await makeUser(app, ['lead'], { unit: '/b', units: ['/b'] }));
    const post = await app.server.inject({
      ...{ method: 'POST', url: `/api/v1/recordings/${ID}/replay`, headers: { ...elsewhere } },
      payload: { shift: 'now', speed: 0.001 },
    });
    const { id } = post.json<{ id: string }>();
    await load();
    await done('DELETE', `/recordings/${ID}`);
    const stateOf = async () => (await app.ground.records.get(scope, 'jobs', id))?.value.state;
    expect(await stateOf()).toBe('running');
    await app.services.jobs.stop(id);
    expect(await stateOf()).toBe('cancelled');
  });

  it('raises alerts of its own when it is loaded again', async () => {
    await load();
    const alerts = await raised();
    expect(alerts.every(({ status, sample }) => status === 'new' && sample === ID)).toBe(true);
    const row = await app.services.ledger.frames();
    expect([row.gaps, row.overlaps]).toEqual([[], []]);
  });

  it('is not known by another name', async () => {
    expect(await ask('DELETE', '/recordings/none')).toMatchObject({ code: 'not_found' });
  });
});
