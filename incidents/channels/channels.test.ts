import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventBus, type EventBus } from '#kernel/bus.js';
import { iso } from '#kernel/clock.js';
import { ALL } from '#kernel/query/ast.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { Alert, MatchedEvent } from '#kernel/schema/alert.js';
import type { Delivery } from '#kernel/schema/source.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import type { Channel } from './channel.js';
import { createMailChannel } from './mail.js';
import { messageOf, plainLine } from './message.js';
import { createOutbox, KEPT_MS, MOST_ATTEMPTS, retryDelayMs } from './outbox.js';
import { createWebhookChannel, signatureOf } from './webhook.js';

const scope = testScope({ realm: '*' });
const matched = { event: { id: 'evt_1' }, matched: [] } as unknown as MatchedEvent;
const HOSTILE = 'root\r\nBcc: everyone@example.org\r\n\r\nhello\u0000\u001b[31m\u202Egpj.exe';

const alert = (id: string, change: Partial<Alert> = {}): Alert => ({
  ...{
    id,
    unit: '/cn',
    realm: 'live',
    classification: 1,
    title: `Root login ${id}`,
    severity: 'critical',
    status: 'new',
  },
  rule: { id: 'r1', version: 'v1', title: 'Root login', tags: [] },
  entity: { kind: 'host', value: 'h' },
  ...{ groupKey: id, count: 3, latenessMs: 0, outcome: 'succeeded', host: 'gate-1', sourceIp: '192.0.2.66' },
  firstEventAt: '2026-01-01T00:00:00.000Z',
  lastEventAt: '2026-01-01T00:00:05.000Z',
  raisedAt: '2026-01-01T00:00:06.000Z',
  updatedAt: '2026-01-01T00:00:06.000Z',
  ...{ first: matched, last: matched, samples: [], applied: { journal: 'j', frame: 1 } },
  ...change,
});

const clock = {
  ms: 0,
  nowMs() {
    return this.ms;
  },
};
let records: RecordStore;
let bus: EventBus;
let told: string[];
const closers: (() => unknown)[] = [];

beforeEach(() => {
  clock.ms = Date.UTC(2026, 0, 1, 0, 1);
  records = createMemoryRecordStore();
  told = [];
  bus = createEventBus((error) => {
    throw error;
  });
  bus.on('platform.reported', ({ state }) => void told.push(state));
  bus.on('loss.counted', ({ reason }) => void told.push(reason));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const put = (...alerts: Alert[]) =>
  records.write(
    scope,
    alerts.map((value) => ({ kind: 'create', collection: 'alerts', value }) as const),
  );
const deliveries = async () =>
  (await records.search(scope, 'deliveries', { query: ALL, limit: 1000 })).items.map(({ value }) => value);

async function outboxOf(...channels: Channel[]) {
  const failures: unknown[] = [];
  const outbox = createOutbox({
    records,
    scope,
    bus,
    clock,
    channels,
    onError: (error) => failures.push(error),
  });
  closers.push(() => outbox.stop());
  closers.push(() => expect(failures).toEqual([]));
  await outbox.start();
  const raise = async (value: Alert) => {
    const { id, unit, realm, classification, severity, title } = value;
    bus.emit('alert.raised', { id, unit, realm, classification, severity, title });
    await outbox.pump();
  };
  return { outbox, raise };
}

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function receiver(answers: number[] = [], location?: string): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204, location === undefined ? {} : { location });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, seen };
}

describe('message', () => {
  it('says it in both languages, with a link', () => {
    const { subject, zh, en } = messageOf(alert('alr_1'), 'https://fenghuo.example');
    expect(subject).toBe('[烽火 Fenghuo] 严重 critical: Root login alr_1');
    expect(zh).toContain('攻击结果：成功\n单位：/cn\n主机：gate-1\n源地址：192.0.2.66');
    expect(en).toContain('Outcome: succeeded\nUnit: /cn\nHost: gate-1\nSource: 192.0.2.66');
    expect(en).toContain('Open: https://fenghuo.example/alerts/alr_1');
  });

  const LINES: readonly [string, string, number?][] = [
    ['a\r\nBcc: b', 'a Bcc: b'],
    ['a\u0000\u001b[0m\u0085b', 'a [0m b'],
    ['safe\u202Egpj.exe', 'safegpj.exe'],
    ['lone \ud83d here', 'lone here'],
    ['烽火连三月', '烽火连…', 4],
  ];
  for (const [from, to, longest] of LINES)
    it(`cleans ${JSON.stringify(from)}`, () => expect(plainLine(from, longest)).toBe(to));
});

describe('mail', () => {
  async function postOffice(refuse: { code?: number } = {}) {
    const mails: { to: string[]; raw: string }[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, session, done) {
        void text(stream).then((raw) => {
          if (refuse.code !== undefined) {
            done(Object.assign(new Error('not taken'), { responseCode: refuse.code }));
            return;
          }
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
          done();
        });
      },
    });
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    closers.push(() => new Promise<void>((closed) => server.close(closed)));
    const { port } = listening.address() as AddressInfo;
    const channel = createMailChannel({
      url: `smtp://127.0.0.1:${port}`,
      from: 'soc@example.org',
      to: ['duty@example.org'],
    });
    return { mails, channel };
  }

  it('sends one mail, in which log text makes no header', async () => {
    const { mails, channel } = await postOffice();
    const value = alert('alr_1', { title: HOSTILE, user: HOSTILE });
    await put(value);
    const { raise } = await outboxOf(channel);
    await raise(value);
    await raise(value);
    expect(mails).toHaveLength(1);
    const [{ to, raw }] = mails as [(typeof mails)[number]];
    expect(to).toEqual(['duty@example.org']);
    const [head, body] = raw.split(/\r\n\r\n/, 2) as [string, string];
    expect(head).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(head).not.toMatch(/^bcc:/im);
    expect(head).toMatch(/^X-Fenghuo-Delivery: alr_1\/mail\r?$/m);
    const encoded = /^Content-Transfer-Encoding: (.*?)\r?$/m.exec(head)?.[1];
    expect(encoded).toBe('base64');
    const message = Buffer.from(body, 'base64').toString();
    expect(message).toContain('用户：root Bcc: everyone@example.org hello [31mgpj.exe');
    expect(message).toContain('User: root Bcc');
    expect(await deliveries()).toMatchObject([{ id: 'alr_1/mail', state: 'sent', attempts: 1 }]);
  });

  it('tries again after 4xx, and not after 5xx', async () => {
    const refuse: { code?: number } = { code: 451 };
    const { mails, channel } = await postOffice(refuse);
    await put(alert('alr_1'), alert('alr_2'));
    const { outbox, raise } = await outboxOf(channel);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['pending', 'pending']);
    await raise(alert('alr_1'));
    expect((await deliveries()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['pending', 1],
      ['pending', 1],
    ]);
    clock.ms += retryDelayMs(1) - 1;
    expect(await outbox.pump()).toBe(0);
    clock.ms += 1;
    refuse.code = 550;
    expect(await outbox.pump()).toBe(2);
    expect(mails).toEqual([]);
    expect(await outbox.counts()).toEqual({ pending: 0, sent: 0, failed: 2 });
    expect((await deliveries())[0]?.lastError).toMatch(/550/);
    expect(told).toEqual(['delivery_failed', 'delivery_failed']);
  });
});

describe('webhook', () => {
  it('posts a signed summary without the events', async () => {
    const { url, seen } = await receiver();
    await put(alert('alr_1'));
    const { raise } = await outboxOf(createWebhookChannel({ url, secret: 's3cret', clock }));
    await raise(alert('alr_1'));
    expect(seen).toHaveLength(1);
    const [{ headers, body }] = seen as [Seen];
    expect(headers['x-fenghuo-signature']).toBe(
      signatureOf('s3cret', String(headers['x-fenghuo-timestamp']), body),
    );
    expect(JSON.parse(body)).toMatchObject({
      event: 'alert.raised',
      delivery: 'alr_1/webhook',
      alert: { id: 'alr_1', severity: 'critical' },
    });
    expect(Object.keys((JSON.parse(body) as { alert: object }).alert)).not.toContain('first');
  });

  it('has the signature of RFC 2104 over timestamp and body', () => {
    // printf '%s' '1.{}' | openssl dgst -sha256 -hmac key
    expect(signatureOf('key', '1', '{}')).toBe(
      'sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224',
    );
  });

  it('follows no redirect', async () => {
    const inner = await receiver();
    const { url, seen } = await receiver([307], inner.url);
    await put(alert('alr_1'));
    await (await outboxOf(createWebhookChannel({ url, clock }))).raise(alert('alr_1'));
    expect([seen.length, inner.seen.length]).toEqual([1, 0]);
    expect(await deliveries()).toMatchObject([{ state: 'failed', lastError: 'answered 307' }]);
  });

  it('gives up after its attempts, and says so', async () => {
    const { url, seen } = await receiver(Array.from({ length: 30 }, () => 503));
    await put(alert('alr_1'));
    const { outbox, raise } = await outboxOf(createWebhookChannel({ url, clock }));
    await raise(alert('alr_1'));
    for (let i = 0; i < 20; i += 1) {
      clock.ms += 3_600_000;
      await outbox.pump();
    }
    expect(seen).toHaveLength(MOST_ATTEMPTS);
    expect(await deliveries()).toMatchObject([
      { state: 'failed', attempts: MOST_ATTEMPTS, lastError: 'answered 503' },
    ]);
    expect(told).toEqual(['delivery_failed']);
  });

  it('counts a receiver that does not answer, or is not there, as passing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const channel = createWebhookChannel({ url: `http://127.0.0.1:${port}/`, clock, timeoutMs: 50 });
    await expect(channel.send(alert('alr_1'), 'd')).rejects.toMatchObject({
      permanent: false,
      message: 'timeout',
    });
    silent.closeAllConnections();
    await new Promise((closed) => silent.close(closed));
    await expect(channel.send(alert('alr_1'), 'd')).rejects.toMatchObject({
      permanent: false,
      message: 'ECONNREFUSED',
    });
  });
});

describe('outbox', () => {
  const silent = (): Channel & { sent: string[] } => {
    const sent: string[] = [];
    return {
      name: 'webhook',
      sent,
      send: async (_, delivery) => void sent.push(delivery),
      close: () => undefined,
    };
  };

  it('tells of critical live alerts only', async () => {
    const channel = silent();
    const others = [
      alert('alr_1', { severity: 'high' }),
      alert('alr_2', { realm: 'drill:one' }),
      alert('alr_3'),
    ];
    await put(...others);
    const { raise } = await outboxOf(channel);
    for (const value of others) await raise(value);
    expect(channel.sent).toEqual(['alr_3/webhook']);
  });

  it('takes up what a crash left: alerts without a delivery, and deliveries not sent', async () => {
    await put(alert('alr_1'), alert('alr_old', { raisedAt: '2025-12-31T22:00:00.000Z' }));
    const channel = silent();
    const { outbox } = await outboxOf(channel);
    await outbox.pump();
    const again = await outboxOf(channel);
    await again.outbox.pump();
    expect(channel.sent).toEqual(['alr_1/webhook']);
  });

  it('forgets what was sent or given up long ago, and nothing that waits', async () => {
    const delivery = (n: number, state: Delivery['state'], createdAt: string): Delivery => ({
      ...{ id: `x${n}/webhook`, unit: '/', realm: 'live', classification: 1, alert: `x${n}` },
      ...{ channel: 'webhook', state, attempts: 1, createdAt },
      ...(state === 'pending' && { nextAttemptAt: '2027-01-01T00:00:00.000Z' }),
    });
    const old = iso(clock.ms - KEPT_MS - 1);
    const kept = [delivery(1, 'pending', old), delivery(2, 'sent', iso(clock.ms - KEPT_MS))];
    const gone = Array.from({ length: 1200 }, (_, n) => delivery(n + 10, n % 2 ? 'sent' : 'failed', old));
    await records.write(
      scope,
      [...kept, ...gone].map((value) => ({ kind: 'create', collection: 'deliveries', value }) as const),
    );
    const { outbox } = await outboxOf(silent());
    expect(await outbox.sweep()).toBe(1200);
    expect((await deliveries()).map(({ id }) => id).sort()).toEqual(['x1/webhook', 'x2/webhook']);
    expect(await outbox.sweep()).toBe(0);
  });

  it('takes no more than it can hold, and counts the rest', async () => {
    const pending = Array.from({ length: 1000 }, (_, i) => ({
      ...{ id: `x${i}/webhook`, unit: '/', realm: 'live', classification: 1 as const, alert: `x${i}` },
      ...{ channel: 'webhook' as const, state: 'pending' as const, attempts: 1 },
      ...{ nextAttemptAt: '2027-01-01T00:00:00.000Z', createdAt: '2026-01-01T00:00:00.000Z' },
    }));
    await records.write(
      scope,
      pending.map((value) => ({ kind: 'create', collection: 'deliveries', value }) as const),
    );
    const channel = silent();
    await (await outboxOf(channel)).raise(alert('alr_1'));
    expect(channel.sent).toEqual([]);
    expect(told).toEqual(['delivery_overflow']);
  });

  it('waits 10 s, doubling, at most an hour', () => {
    expect([1, 2, 3, 9, 10].map(retryDelayMs)).toEqual([10e3, 20e3, 40e3, 2560e3, 3600e3]);
  });
});
