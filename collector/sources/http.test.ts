/** The ingest address against Elastic's own client, and against what it should not be sent. */
import { gzipSync } from 'node:zlib';
import { Client } from '@elastic/elasticsearch';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fault } from '#kernel/errors.js';
import { fail, ok } from '#kernel/result.js';
import { httpIngest } from './http.js';
import { MemoryIntake } from './intake.fixture.js';
import { SourceCounters } from './observer.js';

const NOW = Date.UTC(2026, 10, 22, 12);
let app: FastifyInstance;
let intake: MemoryIntake;
let counters: SourceCounters;

beforeEach(async () => {
  intake = new MemoryIntake();
  counters = new SourceCounters();
  app = fastify();
  await app.register(httpIngest, {
    intake,
    observe: () => counters,
    clock: { nowMs: () => NOW },
    limits: { bodyBytes: 3_000_000, lineBytes: 100_000, operations: 5_000, records: 20_000 },
    authorize: (request) =>
      Promise.resolve(
        request.headers.authorization === 'ApiKey wrong'
          ? fail(fault('not_authenticated'))
          : ok({ unit: '/cn/gd', realm: 'live', classification: 1 as const, sourceId: 'src_http' }),
      ),
  });
});
afterEach(() => app.close());

const lines = (...items: unknown[]): string =>
  items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n') + '\n';
const bulk = (payload: string | Buffer, headers: Record<string, string> = {}, query = '') =>
  app.inject({
    method: 'POST',
    url: `/_bulk${query}`,
    payload,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
interface Answer {
  errors: boolean;
  items: Record<
    string,
    { status: number; _id?: string; result?: string; error?: { type: string; reason: string } }
  >[];
}

describe('with the Elasticsearch client', () => {
  let client: Client;
  beforeEach(async () => {
    await app.listen({ host: '127.0.0.1', port: 18_201 });
    client = new Client({ node: 'http://127.0.0.1:18201', compression: true });
  });
  afterEach(() => client.close());

  it('ships with the bulk helper, gzipped, and answers a retry with conflicts', async () => {
    const documents = Array.from({ length: 3_000 }, (_, n) => ({
      id: String(n),
      '@timestamp': '2026-11-22T10:00:00Z',
      message: `line ${n}`,
    }));
    const ship = () =>
      client.helpers.bulk({
        datasource: documents,
        onDocument: ({ id }) => ({ create: { _index: 'logs-app', _id: id } }),
        onDrop: ({ status }) => void dropped.push(status),
        refreshOnCompletion: false,
      });
    const dropped: number[] = [];
    expect(await ship()).toMatchObject({ total: 3_000, successful: 3_000, failed: 0 });
    expect(intake.events).toHaveLength(3_000);
    expect(intake.events[7]).toMatchObject({
      senderId: 'logs-app\u00007',
      timeMs: Date.UTC(2026, 10, 22, 10),
      unit: '/cn/gd',
      source: 'src_http',
      fields: { message: 'line 7' },
    });
    expect(await ship()).toMatchObject({ successful: 0, failed: 3_000 });
    expect(new Set(dropped)).toEqual(new Set([409]));
    expect(intake.events).toHaveLength(3_000);
    expect(counters.events).toBe(3_000);
  });

  it('answers what shippers ask first', async () => {
    expect((await client.info()).version.number).toMatch(/^8\./);
    expect((await client.cluster.health()).status).toBe('green');
    expect((await client.license.get()).license.status).toBe('active');
    expect(await client.indices.existsIndexTemplate({ name: 'filebeat' })).toBe(true);
    expect(
      await client.indices.putIndexTemplate({ name: 'filebeat', index_patterns: ['filebeat-*'] }),
    ).toEqual({ acknowledged: true });
    expect(await client.ilm.putLifecycle({ name: 'filebeat', policy: { phases: {} } })).toEqual({
      acknowledged: true,
    });
    expect(await client.ingest.putPipeline({ id: 'x', processors: [] })).toEqual({ acknowledged: true });
    expect(await client.indices.exists({ index: 'logs' })).toBe(true);
    expect((await client.index({ index: 'logs', document: { message: 'one' } })).result).toBe('created');
    expect((await client.create({ index: 'logs', id: 'a', document: { message: 'two' } })).result).toBe(
      'created',
    );
    await expect(
      client.create({ index: 'logs', id: 'a', document: { message: 'two' } }),
    ).rejects.toMatchObject({ statusCode: 409 });
    expect(intake.messages).toEqual(['one', 'two']);
  });
});

describe('_bulk', () => {
  it('answers each operation in order', async () => {
    const answer = await bulk(
      lines(
        { index: { _index: 'a', _id: '1' } },
        { message: 'one' },
        { index: { _index: 'a', _id: '1' } },
        { message: 'one again' },
        { update: { _index: 'a', _id: '1' } },
        { doc: { message: 'changed' } },
        { delete: { _index: 'a', _id: '1' } },
        { create: { _index: 'a' } },
        '{"message": broken',
        { create: {} },
        { message: 'no index' },
        { create: { _index: 'a' } },
        { message: 'last' },
      ),
    );
    const body = answer.json<Answer>();
    expect(answer.headers['x-elastic-product']).toBe('Elasticsearch');
    expect(body.errors).toBe(true);
    expect(
      body.items.map(
        (item) => Object.entries(item).map(([operation, { status }]) => `${operation} ${status}`)[0],
      ),
    ).toEqual([
      'index 201',
      'index 200',
      'update 400',
      'delete 400',
      'create 400',
      'create 400',
      'create 201',
    ]);
    expect(body.items[4]?.['create']?.error?.type).toBe('document_parsing_exception');
    expect(intake.events.map((event) => event.fields['event.kind'])).toEqual([
      'event',
      'pipeline_error',
      'event',
    ]);
    expect(intake.events[1]?.fields['event.original']).toBe('{"message": broken');
    expect(counters).toMatchObject({ events: 3, pipelineErrors: 1 });
  });

  it.each([
    ['{"index":', 'Malformed action/metadata line [1]'],
    ['"text"', 'Malformed action/metadata line [1]'],
    ['{"upsert":{}}', 'found [upsert]'],
    ['{"index":1}', 'expected START_OBJECT after [index]'],
  ])('refuses a request with the action %s, and keeps the line', async (action, reason) => {
    const answer = await bulk(lines(action, { message: 'x' }));
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ error: { type: string; reason: string } }>().error).toMatchObject({
      type: 'illegal_argument_exception',
    });
    expect(answer.body).toContain(reason);
    expect(intake.events.map((event) => event.fields['event.original'])).toEqual([action]);
  });

  it('keeps an over-long line, cut, and takes the others', async () => {
    const long = JSON.stringify({ message: 'x'.repeat(150_000) });
    const answer = await bulk(
      lines({ create: { _index: 'a' } }, long, { create: { _index: 'a' } }, { message: 'ok' }),
    );
    expect(answer.json<Answer>().items.map((item) => item['create']?.status)).toEqual([201, 201]);
    const [cut, whole] = intake.events;
    expect(cut?.fields['event.kind']).toBe('pipeline_error');
    expect(cut?.fields['error.message']).toBe('the line is longer than 100000 bytes');
    expect(String(cut?.fields['event.original'])).toHaveLength(100_000);
    expect(whole?.fields['message']).toBe('ok');
  });

  it('bounds the body after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, 0x20));
    const answer = await bulk(bomb, { 'content-encoding': 'gzip' });
    expect(answer.statusCode).toBe(413);
    expect(intake.events).toEqual([]);
  });

  it.each([
    ['broken gzip', Buffer.from('no gzip'), 'gzip', 400],
    ['an unknown encoding', Buffer.from('x'), 'br', 501],
    ['an empty body', Buffer.from('\n'), '', 400],
  ])('answers %s', async (_name, payload, encoding, status) => {
    expect((await bulk(payload, encoding === '' ? {} : { 'content-encoding': encoding })).statusCode).toBe(
      status,
    );
  });

  it('takes the index from the path and filters the answer', async () => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/logs/_bulk?filter_path=errors,items.*.status',
      payload: lines({ create: {} }, { message: 'x' }),
    });
    expect(answer.json()).toEqual({ errors: false, items: [{ create: { status: 201 } }] });
  });

  it.each([
    ['journal_full', 429],
    ['disk_full', 503],
  ] as const)('answers %s with a status that shippers try again on', async (code, status) => {
    intake.refusal = fault(code);
    const answer = await bulk(lines({ create: { _index: 'a' } }, { message: 'x' }));
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json<{ error: { type: string } }>().error.type).toBe('es_rejected_execution_exception');
    intake.refusal = undefined;
    expect((await bulk(lines({ create: { _index: 'a' } }, { message: 'x' }))).statusCode).toBe(200);
    expect(intake.events).toHaveLength(1);
  });

  it('flags invalid UTF-8 and keeps clocks of 1970 and of the future', async () => {
    const payload = Buffer.concat([
      Buffer.from('{"create":{"_index":"a"}}\n{"@timestamp":0,"message":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\n'),
      Buffer.from(lines({ create: { _index: 'a' } }, { '@timestamp': '2031-01-01T00:00:00Z', message: 'x' })),
    ]);
    await bulk(payload);
    expect(
      intake.events.map((event) => [event.timeMs, event.fields['tags'], event.fields['event.created']]),
    ).toEqual([
      [0, ['invalid_utf8', 'clock_unset'], '2026-11-22T12:00:00.000Z'],
      [Date.UTC(2031, 0, 1), ['clock_ahead'], '2026-11-22T12:00:00.000Z'],
    ]);
  });
});

describe('admission', () => {
  it('asks for a key in the form of Elasticsearch', async () => {
    const answer = await app.inject({ url: '/', headers: { authorization: 'ApiKey wrong' } });
    expect(answer.statusCode).toBe(401);
    expect(answer.json<{ error: { type: string } }>().error.type).toBe('security_exception');
    expect(answer.headers['www-authenticate']).toContain('ApiKey');
  });

  it.each([
    ['/cn/gd/sz', 200, '/cn/gd/sz'],
    ['/cn/gd', 200, '/cn/gd'],
    ['/cn', 403, undefined],
    ['/cn/gdx', 403, undefined],
    ['/', 403, undefined],
    ['no path', 400, undefined],
  ])('takes the unit %s with %i', async (unit, status, kept) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/ingest',
      payload: 'x\n',
      headers: { 'x-fenghuo-unit': unit, 'content-type': 'text/plain' },
    });
    expect(answer.statusCode).toBe(status);
    expect(intake.events[0]?.unit).toBe(kept);
  });
});

describe('/ingest', () => {
  it.each([
    [
      'NDJSON',
      'application/x-ndjson',
      lines({ message: 'a' }, '{"x":', { message: 'b' }),
      { accepted: 3, errors: 1 },
    ],
    [
      'plain lines',
      'text/plain',
      'Nov 22 10:00:00 h sshd[1]: Invalid user a from 10.0.0.1\nhello\n',
      { accepted: 2, errors: 0 },
    ],
    [
      'a JSON list',
      'application/json',
      '[{"message":"a"},\n {"message":"b"}, 3]',
      { accepted: 3, errors: 1 },
    ],
    ['one JSON object over lines', 'application/json', '{\n "message": "a"\n}', { accepted: 1, errors: 0 }],
    [
      'NDJSON called JSON',
      'application/json',
      lines({ message: 'a' }, { message: 'b' }),
      { accepted: 2, errors: 0 },
    ],
    [
      'a CloudTrail file',
      'application/json',
      '{"Records": [{"eventVersion":"1.08"},\n {"eventVersion":"1.08"}]}',
      { accepted: 2, errors: 0 },
    ],
    [
      'a CloudTrail file sent as text',
      'text/plain',
      '{"Records":[{"eventVersion":"1.08"},{"eventVersion":"1.08"}]}',
      { accepted: 2, errors: 0 },
    ],
    [
      "the audit webhook's list",
      'application/json',
      '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"auditID":"1"}]}',
      { accepted: 1, errors: 0 },
    ],
    [
      "Zeek's columns",
      'text/plain',
      '#separator \\x09\n#path\tweird\n#fields\tts\tname\n#types\ttime\tstring\n1\tx\n2\ty\n3\n',
      { accepted: 3, errors: 1 },
    ],
    ['nothing', 'text/plain', '', { accepted: 0, errors: 0 }],
  ])('takes %s', async (_name, type, payload, expected) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/ingest',
      payload,
      headers: { 'content-type': type },
    });
    expect(answer.statusCode).toBe(200);
    const { unread: _, ...counts } = answer.json<{ unread?: unknown }>();
    expect(counts).toEqual(expected);
    expect(intake.events).toHaveLength(expected.accepted);
  });

  it('names the first records that it could not read, and why', async () => {
    const good = (count: number) => Array.from({ length: count }, (_, n) => ({ message: `line ${n}` }));
    const payload = `\n${lines(...good(2_500), '{"x":')}\n${lines(...good(1), ...Array<string>(30).fill('{'))}`;
    const answer = await app.inject({
      method: 'POST',
      url: '/ingest',
      payload,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const told = answer.json<{
      accepted: number;
      errors: number;
      unread: { record: number; reason: string }[];
    }>();
    expect([told.accepted, told.errors, told.unread.length]).toEqual([2_532, 31, 20]);
    expect(told.unread.slice(0, 2).map(({ record }) => record)).toEqual([2_501, 2_503]);
    expect(told.unread[0]?.reason).toMatch(/JSON/);
  });

  it('answers a full journal with a problem', async () => {
    intake.refusal = fault('journal_full');
    const answer = await app.inject({
      method: 'POST',
      url: '/ingest',
      payload: 'x\n',
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'journal_full', data: { accepted: 0 } });
  });
});

it('keeps a list that nests too deeply to be written again, as it came', async () => {
  const payload = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
  const answer = await app.inject({
    method: 'POST',
    url: '/ingest',
    payload,
    headers: { 'content-type': 'application/json' },
  });
  expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 1, errors: 0 }]);
  expect(intake.events[0]?.fields['event.original'] ?? intake.messages[0]).toBe(payload);
});

it('says nothing of the inside where it fails', async () => {
  intake.append = () => Promise.reject(new Error('secret path /var/lib/x'));
  const answer = await app.inject({ method: 'POST', url: '/ingest', payload: 'line' });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'internal']);
  expect(answer.body).not.toContain('secret');
});

it.each([
  ['lines', 'application/x-ndjson', '1\n'.repeat(20_001)],
  ['a JSON list', 'application/json', `[${'1,'.repeat(20_000)}1]`],
])(
  'bounds the records of a request in %s, each of which costs more than its bytes',
  async (_form, type, payload) => {
    const answer = await app.inject({
      ...{ method: 'POST', url: '/ingest', payload },
      headers: { 'content-type': type },
    });
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({
      code: 'too_many_records',
      data: { limit: 20_000, accepted: 20_000 },
    });
    expect(intake.events).toHaveLength(20_000);
  },
);

it('bounds the operations of a bulk request, whose answers wait in memory', async () => {
  const most = await bulk('{"delete":{}}\n'.repeat(5_000));
  expect(most.statusCode).toBe(200);
  const more = await bulk('{"delete":{}}\n'.repeat(5_001));
  expect([more.statusCode, more.json<{ error: { type: string } }>().error.type]).toEqual([
    413,
    'content_too_long_exception',
  ]);
});

it('cuts a record of a JSON list as it cuts a line', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/ingest',
    payload: [{ message: 'short' }, { message: 'x'.repeat(150_000) }],
  });
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    { accepted: 2, errors: 1, unread: [{ record: 2 }] },
  ]);
  expect(intake.events[0]?.fields['message']).toBe('short');
  expect(intake.events[1]?.fields['event.kind']).toBe('pipeline_error');
});
