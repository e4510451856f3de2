/** The queue's groups, views, bulk changes and files, over the API. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { AlertSummary } from '#kernel/schema/alert.js';
import type { SavedView } from '#kernel/schema/queue.js';
import type { Job } from '#kernel/schema/source.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems, type Items } from './testing/items.js';
import { makeUser, signedIn, type Headers } from './testing/principals.js';

describe('the queue', () => {
  let app: TestApp;
  let items: Items;
  let analyst: Headers;
  let other: Headers;
  let analystId: string;

  beforeAll(async () => {
    app = await buildTestApp();
    items = createItems(app);
    const person = await makeUser(app, ['analyst']);
    analystId = person.id;
    analyst = await signedIn(app, person);
    other = await signedIn(app, await makeUser(app, ['analyst']));
  });

  async function call<T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    by = analyst,
  ) {
    const answer = await app.server.inject({
      ...{ method, url: `/api/v1${url}`, headers: { ...by } },
      ...(payload && { payload }),
    });
    return {
      status: answer.statusCode,
      body: answer.body,
      headers: answer.headers,
      json: () => answer.json<T>(),
    };
  }
  async function ended(id: string): Promise<Job> {
    for (;;) {
      const job = (await call<Job>('GET', `/jobs/${id}`)).json();
      if (job.state !== 'running') return job;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const alertOf = async (id: string) =>
    (await call<AlertSummary & { version: number }>('GET', `/alerts/${id}`)).json();

  it('sorts by what presses most: compromised, succeeded, then the gravest', async () => {
    const host = 'sorted-1';
    const ids: Record<string, string> = {};
    for (const [name, outcome, severity] of [
      ['grave', 'unknown', 'critical'],
      ['light success', 'succeeded', 'low'],
      ['compromised', 'compromised', 'medium'],
      ['grave success', 'succeeded', 'high'],
    ] as const)
      ids[await items.alert('own', { host, outcome, severity })] = name;
    const { items: rows } = (
      await call<{ items: { id: string }[] }>('GET', `/alerts?sort=triage&host=${host}`)
    ).json();
    expect(rows.map(({ id }) => ids[id])).toEqual(['compromised', 'grave success', 'light success', 'grave']);
  });

  it('groups, and narrows by what stands in the row', async () => {
    const facts = { direction: 'inbound', deviceAction: 'blocked', sourceIp: '203.0.113.9' } as const;
    for (const [host, severity] of [
      ['web-1', 'low'],
      ['web-1', 'high'],
      ['web-2', 'medium'],
    ] as const)
      await items.alert('own', { ...facts, host, severity, count: 3 });
    const answer = await call<{ total: number; groups: number; items: object[] }>(
      'GET',
      '/alerts/groups?by=asset&sourceIp=203.0.113.9&direction=inbound&deviceAction=blocked,logged',
    );
    expect(answer.json()).toMatchObject({
      total: 3,
      groups: 2,
      items: [
        { key: ['web-1'], alerts: 2, events: 6, severity: 'high' },
        { key: ['web-2'], alerts: 1, events: 3, severity: 'medium' },
      ],
    });
    expect((await call('GET', '/alerts/groups?by=colour')).status).toBe(400);
  });

  it('changes a whole result as a job, and gives back what nobody has touched since', async () => {
    const host = 'bulk-1';
    const ids = [];
    for (let n = 0; n < 600; n += 1)
      ids.push(
        await items.alert('own', { host, ...(n === 0 && { status: 'on_hold', assignee: 'usr_before' }) }),
      );
    const closed = await items.alert('own', {
      ...{ host, status: 'closed', disposition: 'duplicate', conclusion: 'earlier' },
    });
    const change = { status: 'closed', disposition: 'false_positive', conclusion: 'the scanner of the city' };
    const started = await call<Job>('POST', '/alerts/bulk', { filter: { host, status: 'open' }, change });
    expect(started.status).toBe(202);
    const job = await ended(started.json().id);
    expect(job).toMatchObject({
      state: 'done',
      kind: 'bulk',
      done: 600,
      total: 600,
      data: { changed: 600, skipped: 0 },
    });
    expect(await alertOf(ids[0] as string)).toMatchObject(change);
    expect(await alertOf(closed)).toMatchObject({ conclusion: 'earlier' });

    // One is opened again by a person: that stays.
    const { version } = await alertOf(ids[1] as string);
    await call('PATCH', `/alerts/${ids[1]}`, { version, status: 'in_progress' });
    const asked = await Promise.all(
      Array.from({ length: 3 }, () => call<Job>('POST', `/jobs/${job.id}/undo`)),
    );
    expect(asked.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    const undo = asked.find(({ status }) => status === 202) as (typeof asked)[number];
    expect(await ended(undo.json().id)).toMatchObject({
      state: 'done',
      kind: 'undo',
      data: { changed: 599, skipped: 1 },
    });
    const first = await alertOf(ids[0] as string);
    expect(first).toMatchObject({ status: 'on_hold', assignee: 'usr_before' });
    expect(first.conclusion).toBeUndefined();
    expect(await alertOf(ids[1] as string)).toMatchObject({ status: 'in_progress' });
    expect((await call('POST', `/jobs/${job.id}/undo`)).status).toBe(409);
    expect((await call<Job>('GET', `/jobs/${job.id}`)).json().undoneBy).toBe(undo.json().id);
  });

  it('refuses a bulk change that could only fail', async () => {
    const closing = { filter: { status: 'open' }, change: { status: 'closed' } };
    expect((await call<{ code: string }>('POST', '/alerts/bulk', closing)).json().code).toBe(
      'conclusion_required',
    );
    const stranger = { filter: {}, change: { assignee: 'usr_nobody' } };
    expect((await call('POST', '/alerts/bulk', stranger)).status).toBe(404);
    expect((await call('POST', '/alerts/bulk', { filter: {}, change: {} })).status).toBe(400);
    expect(
      (await call('POST', '/alerts/bulk', { filter: { q: 'a: (' }, change: { assignee: null } })).status,
    ).toBe(400);
  });

  it('keeps views of one’s own, shares them, and counts what they show', async () => {
    await items.alert('own', { host: 'viewed-1', assignee: analystId });
    const parameters = { host: 'viewed-1', assignee: 'me', group: 'rule' };
    const made = await call<SavedView & { version: number }>('POST', '/views', {
      ...{ place: 'alerts', name: '我的', parameters },
    });
    expect(made.status).toBe(201);
    const { id } = made.json();
    const counts = async (by: Headers) =>
      (
        await call<{ items: { id: string; total: number | null }[] }>('GET', '/views/counts', undefined, by)
      ).json().items;
    expect(await counts(analyst)).toContainEqual({ id, total: 1 });
    expect(await counts(other)).not.toContainEqual(expect.objectContaining({ id }));

    const shared = await call<SavedView>('PATCH', `/views/${id}`, { version: 1, shared: true, name: 'Ours' });
    expect([shared.status, shared.json().name]).toEqual([200, 'Ours']);
    // `me` is whoever looks.
    expect(await counts(other)).toContainEqual({ id, total: 0 });
    expect((await call('PATCH', `/views/${id}`, { version: 1, name: 'late' })).status).toBe(409);
    for (const method of ['PATCH', 'DELETE'] as const)
      expect(
        (await call(method, `/views/${id}`, method === 'PATCH' ? { version: 2 } : undefined, other)).status,
      ).toBe(404);
    const broken = await call<SavedView>('PATCH', `/views/${id}`, { version: 2, parameters: { q: 'a: (' } });
    expect(broken.status).toBe(200);
    expect(await counts(analyst)).toContainEqual({ id, total: null });
    expect((await call('DELETE', `/views/${id}`)).status).toBe(204);
    expect((await call<{ items: object[] }>('GET', '/views')).json().items).toEqual([]);
  });

  it('writes results as files in which no formula runs', async () => {
    await items.alert('own', {
      host: 'export-1',
      title: '=HYPERLINK("http://x","y")',
      user: '@SUM(1)',
      sourceIp: ' \u200b=1+1',
    });
    const csv = await call('GET', '/alerts/export?format=csv&host=export-1');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.headers['content-disposition']).toMatch(
      /^attachment; filename="fenghuo-alerts-\d{8}T\d{6}Z\.csv"$/,
    );
    const [head, row, ...rest] = csv.body.split('\r\n');
    expect([head?.startsWith('\ufeffid,title,severity'), rest]).toEqual([true, ['']]);
    expect(row).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(row).toContain("'@SUM(1)");
    expect(row).toContain("' \u200b=1+1");

    const lines = (await call('GET', '/alerts/export?format=ndjson&host=bulk-1')).body.trimEnd().split('\n');
    expect(lines).toHaveLength(601);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ host: 'bulk-1' });
    expect((await call('GET', '/alerts/export?format=xls')).status).toBe(400);
  });
});
