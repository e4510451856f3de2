import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { equals } from '#kernel/query/ast.js';
import { startIngest, type RunningIngest } from './ingest.js';
import { createMetrics } from './metrics.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { keyFor, machinery, type Headers } from './testing/principals.js';

const LINE = '{"message":"hello","host":{"name":"web-1"}}\n';

describe.each([
  ['on loopback, keyless', true],
  ['with keys', false],
] as const)('the ingest address %s', (_name, keyless) => {
  let app: TestApp;
  let ingest: RunningIngest;
  beforeAll(async () => {
    app = await buildTestApp();
    const { ground, journal, detection } = app;
    ingest = await startIngest({
      ...{ ground, journal, keyless, sources: app.wired.sources, authenticator: app.services.authenticator },
      metrics: createMetrics({ bus: ground.bus, journal, lag: detection.lag, streams: () => 0 }),
      at: { host: '127.0.0.1', port: 0 },
    });
  });
  afterAll(() => ingest.stop());

  const send = (headers: Headers) =>
    fetch(`http://127.0.0.1:${ingest.address.port}/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...headers },
      body: LINE,
    });

  /** Over node:http: fetch does not let `Host` be set. */
  const statusOf = (headers: Headers) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asking = request(
        {
          port: ingest.address.port,
          host: '127.0.0.1',
          path: '/ingest',
          method: 'POST',
          headers: { ...headers },
        },
        (answer) => void answer.resume().on('end', () => resolve(answer.statusCode)),
      );
      asking.on('error', reject).end(LINE);
    });

  it(`${keyless ? 'takes' : 'refuses'} a line without a key`, async () => {
    expect((await send({})).status).toBe(keyless ? 200 : 401);
  });

  it('ends the connection of a request that it did not read to its end', async () => {
    const asked = (body: string, headers: Headers = {}) =>
      new Promise<string | undefined>((resolve, reject) => {
        const { port } = ingest.address;
        const path = '/_bulk';
        const asking = request({ port, host: '127.0.0.1', path, method: 'POST', headers }, (answer) => {
          answer.resume();
          resolve(answer.headers.connection);
        });
        asking.on('error', reject).end(body);
      });
    const key = await keyFor(app, 'ingest');
    expect(await asked('{"index":{"_index":"x"}}\n{}\n', { connection: 'keep-alive', ...key })).toBe(
      'keep-alive',
    );
    expect(await asked('x\n'.repeat(1_000_000), { connection: 'keep-alive', ...key })).toBe('close');
  });

  it('takes nothing from a page in a browser, whatever it carries', async () => {
    const key = await keyFor(app, 'ingest');
    const pages: readonly Headers[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const page of pages) expect(await statusOf({ ...key, ...page })).toBe(403);
    // An address that a person typed.
    expect(await statusOf({ ...key, 'sec-fetch-site': 'none' })).toBe(200);
  });

  it('asks for a key where the request names another machine, as a rebound name would', async () => {
    for (const host of ['evil.example:8471', '192.0.2.1', 'localhost.evil.example'])
      expect(await statusOf({ host }), host).toBe(401);
    for (const host of ['localhost:8471', '[::1]:8471', '127.0.0.1', 'shipper.localhost'])
      expect(await statusOf({ host }), host).toBe(keyless ? 200 : 401);
    const key = await keyFor(app, 'ingest');
    expect(await statusOf({ ...key, host: 'logs.example.org' })).toBe(200);
  });

  it('refuses a key that is wrong, or may not ingest', async () => {
    expect((await send({ authorization: 'ApiKey fh_wrong' })).status).toBe(401);
    expect((await send({ authorization: 'Negotiate x' })).status).toBe(401);
    expect((await send(await keyFor(app, 'alerts:read'))).status).toBe(403);
  });

  it('places a key’s events into its unit, under a source of its own, in every form shippers send', async () => {
    const key = await keyFor(app, 'ingest', '/a/b');
    const secret = key['authorization']?.replace('ApiKey ', '') ?? '';
    const basic = `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}`;
    for (const authorization of [`ApiKey ${secret}`, basic])
      expect((await send({ authorization })).status).toBe(200);
    await app.wired.sources.flush();
    const found = await app.ground.records.search(machinery.scope, 'sources', {
      query: equals('unit', '/a/b'),
    });
    expect(found.items.map(({ value }) => [value.kind, value.events, value.state])).toEqual([
      ['http', 2, 'running'],
    ]);
    const frame = await app.journal.read(app.journal.state().frame);
    expect(frame?.events[0]).toMatchObject({ unit: '/a/b', realm: 'live', source: found.items[0]?.value.id });
  });
});
