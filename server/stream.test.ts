import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createEventBus, type EventBus } from '#kernel/bus.js';
import type { Permission } from '#trust/access/authorize.js';
import { testScope } from '#test/scope.js';
import { IDLE_LIMIT_MS } from '#trust/identity/sessions.js';
import { MAX_CLIENTS_OF_ONE, createStreamHub, type Audience, type StreamHub } from './stream.js';
import { buildTestApp } from './testing/build-app.js';
import { makeUser, signedIn } from './testing/principals.js';

const FIRST = 1000;
const placed = (unit: string, classification: 1 | 2 | 3 = 1) => ({ unit, realm: 'live', classification });
const audience = (
  units: string[],
  permissions: Permission[] = ['alerts:read', 'rules:read'],
  id = 'usr_a',
): Audience => ({
  actor: { id },
  scope: testScope({ units, ceiling: 1 }),
  permissions: new Set(permissions),
});

interface Listener {
  text: string;
  ended: boolean;
  full: boolean;
  /** Kinds and ids of the hints, and resets, in order. */
  heard(): string[];
}

function setUp(): { bus: EventBus; hub: StreamHub; listen: typeof listen } {
  const bus = createEventBus((error) => {
    throw error;
  });
  const hub = createStreamHub(bus, FIRST);
  async function listen(ask: () => Promise<Audience | undefined>, lastId?: string) {
    const listener: Listener = {
      text: '',
      ended: false,
      full: false,
      heard: () =>
        [...listener.text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, event, data]) => {
          const { kind, id } = JSON.parse(data as string) as { kind?: string; id?: string };
          return event === 'hint' ? `${kind} ${id}` : (event as string);
        }),
    };
    const sink = {
      write: (text: string) => ((listener.text += text), !listener.full),
      end: () => void (listener.ended = true),
    };
    const client = await hub.join(sink, ask, lastId);
    return { listener, client };
  }
  return { bus, hub, listen };
}

const raise = (bus: EventBus, id: string, unit = '/a') =>
  bus.emit('alert.raised', { id, ...placed(unit), severity: 'high', title: id });

describe('the event stream’s hub', () => {
  it('sends each client what its scope and permissions reach, and nothing else', async () => {
    const { bus, hub, listen } = setUp();
    const { listener: a } = await listen(async () => audience(['/a']));
    const { listener: rules } = await listen(async () => audience(['/'], ['rules:read']));
    raise(bus, 'alr_a');
    raise(bus, 'alr_b', '/b');
    bus.emit('alert.changed', { id: 'alr_secret', ...placed('/a', 2) });
    bus.emit('incident.changed', { id: 'inc_a', ...placed('/a') });
    bus.emit('rules.reloaded', { version: 'v2', rules: 1, failed: 0 });
    hub.flush();
    expect(a.heard()).toEqual(['alert.raised alr_a', 'rules.reloaded v2']);
    expect(rules.heard()).toEqual(['rules.reloaded v2']);
  });

  it('does not let one account take every place', async () => {
    const { hub, listen } = setUp();
    for (let i = 0; i < MAX_CLIENTS_OF_ONE; i += 1)
      expect((await listen(async () => audience(['/a']))).client).toBeDefined();
    expect((await listen(async () => audience(['/a']))).client).toBeUndefined();
    const other = await listen(async () => audience(['/a'], undefined, 'usr_b'));
    expect(other.client).toBeDefined();
    expect(hub.clients()).toBe(MAX_CLIENTS_OF_ONE + 1);
  });

  it('tells of many changes of one alert once, and of a flood by a reset', async () => {
    const { bus, hub, listen } = setUp();
    const { listener } = await listen(async () => audience(['/a']));
    for (let i = 0; i < 50; i += 1) bus.emit('alert.changed', { id: 'alr_1', ...placed('/a') });
    hub.flush();
    expect(listener.heard()).toEqual(['alert.changed alr_1']);
    for (let i = 0; i < 500; i += 1) bus.emit('alert.changed', { id: `alr_${i}`, ...placed('/a') });
    hub.flush();
    expect(listener.heard()).toEqual(['alert.changed alr_1', 'reset']);
  });

  it('replays what was missed, within the scope, and says reset where the ring has lost it', async () => {
    const { bus, hub, listen } = setUp();
    for (const [id, unit] of [
      ['alr_1', '/a'],
      ['alr_2', '/b'],
      ['alr_3', '/a'],
    ] as const) {
      raise(bus, id, unit);
      hub.flush();
    }
    const ask = async () => audience(['/a']);
    expect((await listen(ask, String(FIRST))).listener.heard()).toEqual(['alert.raised alr_3']);
    expect((await listen(ask, String(FIRST - 1))).listener.heard()).toEqual([
      'alert.raised alr_1',
      'alert.raised alr_3',
    ]);
    expect((await listen(ask, String(FIRST + 2))).listener.heard()).toEqual([]);
    for (const lost of [String(FIRST - 5), String(FIRST + 99), 'nonsense'])
      expect((await listen(ask, lost)).listener.heard(), lost).toEqual(['reset']);
  });

  it('does not queue for a client that does not read; it gets a reset once it does', async () => {
    const { bus, hub, listen } = setUp();
    const { listener, client } = await listen(async () => audience(['/a']));
    listener.full = true;
    for (const id of ['alr_1', 'alr_2', 'alr_3']) {
      raise(bus, id);
      hub.flush();
    }
    expect(listener.heard()).toEqual(['alert.raised alr_1']);
    listener.full = false;
    client?.drained();
    raise(bus, 'alr_4');
    hub.flush();
    expect(listener.heard()).toEqual(['alert.raised alr_1', 'reset', 'alert.raised alr_4']);
  });

  it('asks for the audience again with each heartbeat, and ends with the session', async () => {
    const { bus, hub, listen } = setUp();
    let now: Audience | undefined = audience(['/a']);
    const { listener } = await listen(async () => now);
    now = audience(['/b']);
    await hub.heartbeat();
    expect(listener.text).toContain(': heartbeat\n\n');
    raise(bus, 'alr_a');
    raise(bus, 'alr_b', '/b');
    hub.flush();
    expect(listener.heard()).toEqual(['alert.raised alr_b']);
    now = undefined;
    await hub.heartbeat();
    expect([listener.ended, hub.clients()]).toEqual([true, 0]);
  });
});

describe('the stream over a socket', () => {
  it('streams hints, replays by Last-Event-ID, and does not keep the server from closing', async () => {
    const app = await buildTestApp();
    const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
    const { cookie } = await signedIn(app, await makeUser(app, ['analyst']));
    const open = async (headers: Record<string, string>) => {
      const request = get(`${url}/api/v1/stream`, { headers: { ...(cookie && { cookie }), ...headers } });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      let text = '';
      let wake = (): void => undefined;
      // One listener for good: what comes between two waits must not be lost.
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        wake();
      });
      const until = async (wanted: string): Promise<string> => {
        while (!text.includes(wanted)) await new Promise<void>((resolve) => (wake = resolve));
        return text;
      };
      return { response, until };
    };
    const first = await open({});
    expect(first.response.headers['content-type']).toContain('text/event-stream');
    const welcome = await first.until(': welcome');
    raise(app.ground.bus, 'alr_1');
    app.hub.flush();
    expect(await first.until('alr_1')).toContain('event: hint');
    const lastId = /id: (\d+)/.exec(welcome)?.[1] ?? '';
    const second = await open({ 'last-event-id': lastId });
    expect(await second.until('alr_1')).toContain('alert.raised');
    const ended = [first, second].map(({ response }) => once(response, 'end'));
    await app.close();
    await Promise.all(ended);
    expect(app.hub.clients()).toBe(0);
  });

  it('does not keep an idle session alive, and ends with it', async () => {
    const app = await buildTestApp();
    const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
    const { cookie } = await signedIn(app, await makeUser(app, ['analyst']));
    const headers = { ...(cookie && { cookie }) };
    const open = async () => {
      const request = get(`${url}/api/v1/stream`, { headers });
      return ((await once(request, 'response')) as [IncomingMessage])[0].resume();
    };
    const first = await open();
    app.clock.advance(IDLE_LIMIT_MS - 60_000);
    await app.hub.heartbeat();
    const second = await open();
    expect([first.statusCode, second.statusCode, app.hub.clients()]).toEqual([200, 200, 2]);
    const ended = [first, second].map((response) => once(response, 'end'));
    app.clock.advance(60_000);
    await app.hub.heartbeat();
    await Promise.all(ended);
    expect((await open()).statusCode).toBe(401);
  });

  it('is not for strangers', async () => {
    const app = await buildTestApp();
    expect((await app.server.inject('/api/v1/stream')).statusCode).toBe(401);
  });
});
