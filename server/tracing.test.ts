import { beforeAll, describe, expect, it } from 'vitest';
import type { Event, Fields } from '#kernel/event.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems } from './testing/items.js';
import { keyFor, makeUser, signedIn, type Headers } from './testing/principals.js';

const AT = Date.parse('2026-11-22T08:00:00.000Z');

describe('tracing and the search box', () => {
  let app: TestApp;
  let analyst: Headers;
  let eventsOnly: Headers;
  let alert: string;
  let frame = 100;
  const get = async <T>(path: string, headers = analyst) =>
    (await app.server.inject({ url: `/api/v1${path}`, headers: { ...headers } })).json<T>();
  const expand = async (kind: string, value: string, headers = analyst) =>
    (
      await app.server.inject({
        method: 'POST',
        url: '/api/v1/trace/expand',
        headers: { ...headers },
        payload: { node: { kind, value }, from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' },
      })
    ).json<{
      nodes: { id: string; alerts?: number }[];
      edges: { from: string; to: string; kind: string; count: number; query?: string }[];
      partial: boolean;
    }>();

  async function log(second: number, fields: Fields): Promise<Event> {
    frame += 1;
    const event: Event = {
      id: `evt_trace${frame}`,
      seq: frame,
      timeMs: AT + second * 1000,
      ingestedMs: AT,
      ...{ unit: '/a', realm: 'live', classification: 1, source: 'src_x' },
      fields: { 'host.name': 'web-1', ...fields },
    };
    await app.ground.events.append([
      { journal: 'jrn_trace', number: frame, ingestedMs: AT, firstSeq: frame, events: [event] },
    ]);
    return event;
  }
  const start = (second: number, pid: number, ppid: number, name: string) =>
    log(second, {
      ...{ 'event.category': 'process', 'event.type': 'start', 'user.name': 'www-data' },
      ...{ 'process.pid': pid, 'process.parent.pid': ppid },
      ...{ 'process.name': name, 'process.executable': `/usr/bin/${name}` },
    });

  beforeAll(async () => {
    app = await buildTestApp();
    analyst = await signedIn(app, await makeUser(app, ['analyst']));
    eventsOnly = await keyFor(app, 'events:read');
    await start(-3 * 86_400, 1, 0, 'systemd');
    await start(1, 10, 1, 'nginx');
    const shell = await start(2, 11, 10, 'sh');
    await start(3, 12, 11, 'curl');
    await log(4, {
      ...{ 'event.category': ['network'], 'source.ip': '10.0.0.5', 'destination.ip': '203.0.113.9' },
      ...{ 'process.executable': '/usr/bin/curl', 'process.pid': 12 },
    });
    for (let n = 0; n < 3; n += 1)
      await log(5 + n, {
        ...{ 'event.category': 'authentication', 'user.name': 'root', 'source.ip': '203.0.113.9' },
      });
    const copy = { event: shell as never, matched: [] };
    alert = await createItems(app).alert('own', {
      ...{ host: 'web-1', user: 'www-data', first: copy, last: copy, title: 'Shell of a web server' },
    });
  });

  it('draws the tree of an alert with parents from days ago and the alert at its process', async () => {
    const tree = await get<{
      focus: string;
      nodes: { id: string; name: string; parent?: string; alerts: string[]; query: string }[];
      truncated: unknown;
    }>(`/trace/process?alert=${alert}`);
    const name = (id?: string) => tree.nodes.find((node) => node.id === id)?.name ?? '-';
    expect(tree.nodes.map((node) => `${name(node.parent)} > ${node.name}`)).toEqual([
      '- > pid 0',
      'pid 0 > systemd',
      'systemd > nginx',
      'nginx > sh',
      'sh > curl',
    ]);
    expect(name(tree.focus)).toBe('sh');
    expect(tree.nodes.filter((node) => node.alerts.includes(alert)).map((node) => node.name)).toEqual(['sh']);
    expect(tree.truncated).toBe(false);
    expect(app.malformed).toEqual([]);
  });

  it('grows a node, and each edge finds its logs again', async () => {
    const { edges, nodes, partial } = await expand('ip', '203.0.113.9');
    expect(edges.map(({ from, kind, to, count }) => `${from} ${kind} ${to} ${count}`).sort()).toEqual(
      [
        'ip:10.0.0.5 connected ip:203.0.113.9 1',
        'host:web-1 connected ip:203.0.113.9 1',
        'ip:203.0.113.9 connected host:web-1 3',
        'process:/usr/bin/curl connected ip:203.0.113.9 1',
        'user:root came_from ip:203.0.113.9 3',
      ].sort(),
    );
    for (const { query, count } of edges) {
      const found = await get<{ total: number }>(`/events/search?q=${encodeURIComponent(query ?? '')}`);
      expect(found.total, query).toBe(count);
    }
    expect(nodes.find(({ id }) => id === 'host:web-1')?.alerts).toBe(1);
    expect(partial).toBe(false);
  });

  it('begins with what an alert names', async () => {
    const found = await get<{ process: boolean; host: string; nodes: { id: string }[] }>(
      `/trace/start?alert=${alert}`,
    );
    expect([found.process, found.host]).toEqual([true, 'web-1']);
    expect(found.nodes.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        `alert:${alert.toLowerCase()}`,
        'host:web-1',
        'user:www-data',
        'process:/usr/bin/sh',
      ]),
    );
  });

  it('shows no alert to whoever may not read alerts', async () => {
    const refused = await app.server.inject({
      url: `/api/v1/trace/start?alert=${alert}`,
      headers: { ...eventsOnly },
    });
    expect(refused.statusCode).toBe(403);
    const { nodes, edges } = await expand('host', 'web-1', eventsOnly);
    expect(JSON.stringify([nodes, edges])).not.toContain(alert);
    expect((await expand('host', 'web-1')).edges.filter(({ kind }) => kind === 'raised')).toHaveLength(1);
    const tree = await get<{ nodes: { alerts: string[] }[] }>(
      `/trace/process?event=evt_trace103`,
      eventsOnly,
    );
    expect(tree.nodes.flatMap(({ alerts }) => alerts)).toEqual([]);
  });

  it('asks for a subject', async () => {
    const answer = await app.server.inject({ url: '/api/v1/trace/process', headers: { ...analyst } });
    expect(answer.statusCode).toBe(400);
  });

  it('says why there is no tree', async () => {
    const bare = await log(9, { 'user.name': 'x' });
    expect(await get(`/trace/process?event=${bare.id}`)).toEqual({
      ...{ nodes: [], truncated: false, omitted: 0, missing: 'process' },
    });
  });

  const searches: Record<string, string[]> = {
    'web-1': ['alert web-1 1', 'host web-1 9'],
    '203.0.113.9': ['ip 203.0.113.9 4'],
    'www-data': ['alert www-data 1', 'user www-data 4'],
    'Shell of': ['alert Shell of a web server'],
    evt_trace103: ['event evt_trace103'],
    'nothing-like-it': [],
  };
  for (const [word, expected] of Object.entries(searches))
    it(`finds ${word}`, async () => {
      const { items, unfinished } = await get<{
        items: { kind: string; title: string; count?: number }[];
        unfinished: string[];
      }>(`/search?q=${encodeURIComponent(word)}`);
      expect(
        items.map(({ kind, title, count }) =>
          [kind, title, count].filter((one) => one !== undefined).join(' '),
        ),
      ).toEqual(expected);
      expect(unfinished).toEqual([]);
    });
  it('gives a key of events no alerts', async () => {
    const { items } = await get<{ items: { kind: string }[] }>('/search?q=web-1', eventsOnly);
    expect(items.map(({ kind }) => kind)).toEqual(['host']);
  });

  it('tells the fields of a result with their kinds', async () => {
    const found = await get<{ sampled: number; items: { path: string; count: number; kind: string }[] }>(
      `/events/fields?q=${encodeURIComponent('destination.ip: *')}`,
    );
    expect(found.sampled).toBe(1);
    expect(found.items.find(({ path }) => path === 'destination.ip')).toEqual({
      ...{ path: 'destination.ip', count: 1, kind: 'address' },
    });
    expect(found.items.find(({ path }) => path === 'process.pid')?.kind).toBe('number');
  });
});
