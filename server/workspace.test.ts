/** Tasks, observables, evidence and what is related, over the API. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { TimelineEntry } from '#kernel/schema/alert.js';
import type { Attachment, Task } from '#kernel/schema/workspace.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems, type Items } from './testing/items.js';
import { machinery, makeUser, signedIn, type Headers } from './testing/principals.js';

describe('round an incident', () => {
  let app: TestApp;
  let items: Items;
  let analyst: Headers;
  let viewer: Headers;
  let elsewhere: Headers;

  beforeAll(async () => {
    app = await buildTestApp();
    items = createItems(app);
    analyst = await signedIn(app, await makeUser(app, ['analyst']));
    viewer = await signedIn(app, await makeUser(app, ['viewer']));
    elsewhere = await signedIn(app, await makeUser(app, ['analyst'], { units: ['/b'] }));
  });

  type Verb = 'GET' | 'POST' | 'PATCH' | 'DELETE';
  async function call<T>(method: Verb, url: string, payload?: object | Buffer, by = analyst) {
    const answer = await app.server.inject({
      ...{ method, url: `/api/v1${url}` },
      headers: { ...by, ...(Buffer.isBuffer(payload) && { 'content-type': 'application/octet-stream' }) },
      ...(payload !== undefined && { payload }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      raw: answer.rawPayload,
      json: () => answer.json<T>(),
    };
  }
  const kinds = async (id: string) =>
    (await call<{ items: TimelineEntry[] }>('GET', `/incidents/${id}/timeline`))
      .json()
      .items.map(({ kind }) => kind);

  it('keeps tasks, and lets two people change them only one after the other', async () => {
    const id = await items.incident('own');
    const dueAt = '2026-11-23T08:00:00.000Z';
    const made = await call<Task & { version: number }>('POST', `/incidents/${id}/tasks`, {
      title: ' 封禁来源 ',
      dueAt,
    });
    expect(made.json()).toMatchObject({ title: '封禁来源', state: 'open', dueAt, version: 1 });
    const path = `/incidents/${id}/tasks/${made.json().id}`;
    const done = await call<Task>('PATCH', path, { version: 1, state: 'done', dueAt: null });
    expect(done.json()).toMatchObject({ state: 'done', doneBy: expect.stringMatching(/^usr_/) });
    expect(done.json().dueAt).toBeUndefined();
    expect((await call('PATCH', path, { version: 1, title: 'late' })).status).toBe(409);
    const again = await call<Task>('PATCH', path, { version: 2, state: 'open' });
    expect(again.json().doneAt).toBeUndefined();
    expect((await call('POST', `/incidents/${id}/tasks`, { title: '  ' })).status).toBe(400);
    expect((await call('POST', `/incidents/${id}/tasks`, { title: 'x', dueAt: 'soon' })).status).toBe(400);
    const other = await items.incident('own');
    expect(
      (await call('PATCH', `/incidents/${other}/tasks/${made.json().id}`, { version: 3, state: 'done' }))
        .status,
    ).toBe(404);
    expect(await kinds(id)).toEqual(['task_added', 'task_done', 'task_changed']);
  });

  it('lists what the alerts name beside what people added, each once', async () => {
    const id = await items.incident('own');
    const event = (fields: Record<string, unknown>) => ({
      event: {
        ...{
          id: `evt_${id}`,
          seq: 1,
          timeMs: 0,
          ingestedMs: 1000,
          unit: '/a',
          realm: 'live',
          classification: 1 as const,
        },
        ...{ source: 'src_x', fields: fields as never },
      },
      matched: [],
    });
    const seen = event({ 'source.ip': '203.0.113.9', 'host.name': 'web-1', message: 'hello' });
    await items.alert('own', {
      incident: id,
      first: seen,
      last: seen,
      host: 'web-1',
      sourceIp: '203.0.113.9',
    });
    type Row = { id?: string; kind: string; value: string; origin: string; alerts: number };
    const list = async () =>
      (await call<{ items: Row[] }>('GET', `/incidents/${id}/observables`)).json().items;
    expect(await list()).toEqual([
      { kind: 'ip', value: '203.0.113.9', origin: 'alert', alerts: 1 },
      { kind: 'host', value: 'web-1', origin: 'alert', alerts: 1 },
    ]);
    await call('POST', `/incidents/${id}/observables`, {
      kind: 'ip',
      value: '203.0.113.9',
      note: '代理出口',
    });
    const kept = await list();
    expect(kept).toHaveLength(2);
    expect(kept[0]).toMatchObject({ origin: 'person', alerts: 1, note: '代理出口' });
    expect(
      (await call('POST', `/incidents/${id}/observables`, { kind: 'ip', value: '203.0.113.9' })).status,
    ).toBe(400);

    const events = await call<{ items: object[] }>('GET', `/incidents/${id}/events`);
    expect(events.json().items).toMatchObject([
      {
        at: '1970-01-01T00:00:00.000Z',
        ingestedAt: '1970-01-01T00:00:01.000Z',
        host: 'web-1',
        text: 'hello',
      },
    ]);

    const other = await items.incident('own');
    await items.alert('own', { incident: other, host: 'web-1' });
    const related = await call<{ items: { incident: { id: string }; shared: object[] }[] }>(
      'GET',
      `/incidents/${id}/related`,
    );
    expect(related.json().items).toMatchObject([
      { incident: { id: other }, shared: [{ kind: 'host', value: 'web-1' }] },
    ]);
  });

  it('keeps files under their digest, gives them back as they were, and forgets bytes that nothing names', async () => {
    const id = await items.incident('own');
    const content = Buffer.from([0, 1, 2, 255, 254]);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const upload = (name: string, by = analyst) =>
      call<Attachment>('POST', `/incidents/${id}/evidence?name=${encodeURIComponent(name)}`, content, by);
    const made = await upload('../../内存"镜像\u202e<1>.bin');
    expect(made.status).toBe(201);
    expect(made.json()).toMatchObject({ name: '内存"镜像_<1>.bin', bytes: 5, sha256 });
    const twin = await upload('twin.bin');
    const path = `/incidents/${id}/evidence/${made.json().id}`;
    const back = await call('GET', path);
    expect(back.raw.equals(content)).toBe(true);
    expect(back.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': '5' });
    expect(back.headers['content-disposition']).toBe(
      `attachment; filename*=UTF-8''${encodeURIComponent('内存_镜像__1_.bin')}`,
    );

    expect((await upload('x', viewer)).status).toBe(403);
    expect((await upload('x', elsewhere)).status).toBe(404);
    expect((await call('GET', path, undefined, elsewhere)).status).toBe(404);
    expect((await call('GET', path, undefined, viewer)).status).toBe(200);

    const folder = join(app.ground.config.home, 'evidence');
    const files = async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    expect((await files()).map(({ name }) => name)).toEqual([sha256]);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    expect(await files()).toHaveLength(1);
    expect((await call('DELETE', `/incidents/${id}/evidence/${twin.json().id}`)).status).toBe(204);
    expect(await files()).toEqual([]);
    const lines = (await call<{ items: Attachment[] }>('GET', `/incidents/${id}/evidence`)).json().items;
    expect(lines.map(({ removedBy }) => typeof removedBy)).toEqual(['string', 'string']);
    expect(await kinds(id)).toEqual([
      'evidence_added',
      'evidence_added',
      'evidence_removed',
      'evidence_removed',
    ]);
  });

  it('keeps no bytes that nothing names: not for a full incident, and not where it is closed meanwhile', async () => {
    const folder = join(app.ground.config.home, 'evidence');
    const files = async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    const before = await files();
    const id = await items.incident('own');
    const records = app.ground.records;
    const keep = app.services.evidence.keep.bind(app.services.evidence);
    vi.spyOn(app.services.evidence, 'keep').mockImplementationOnce(async (content, most) => {
      const kept = await keep(content, most);
      const found = await records.get(machinery.scope, 'incidents', id);
      if (!found) throw new Error('the incident is gone');
      await records.write(machinery.scope, [
        {
          ...{ kind: 'replace', collection: 'incidents', version: found.version },
          value: { ...found.value, stage: 'closed' },
        },
      ]);
      return kept;
    });
    const upload = (content: string) =>
      call('POST', `/incidents/${id}/evidence?name=late`, Buffer.from(content));
    expect((await upload('closed while it came')).status).toBe(400);
    expect((await upload('closed before it came')).status).toBe(400);
    expect(await files()).toEqual(before);
  });

  it('changes nothing on a closed incident', async () => {
    const id = await items.incident('own', { stage: 'closed' });
    for (const [path, body] of [
      ['tasks', { title: 'x' }],
      ['observables', { kind: 'ip', value: '192.0.2.1' }],
      ['evidence?name=a', Buffer.from('x')],
    ] as const)
      expect((await call('POST', `/incidents/${id}/${path}`, body)).status, path).toBe(400);
    expect((await call('POST', `/incidents/${id}/evidence?name=a`, { json: 1 })).status).toBe(400);
  });
});
