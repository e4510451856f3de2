/** TLS from `fenghuo tls init` to a signed-in browser and a shipper with a key; and the refusal to do without. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUp, type Client } from '../client.js';
import { fenghuo } from '../command.js';
import { freePort, startServer, until, type RunningServer } from '../server.js';

describe('the server over TLS', () => {
  let home: string;
  let server: RunningServer;
  let client: Client;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'fenghuo-test-'));
    const made = await fenghuo(['tls', 'init', '--host', 'fenghuo.example.org'], { home });
    expect(made).toMatchObject({ code: 0, err: '' });
    server = await startServer({ home, ca: await readFile(join(home, 'tls', 'ca.crt'), 'utf8') });
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
  });

  it('speaks TLS alone, and is trusted by its own authority alone', async () => {
    expect((await server.fetch(`${server.url}/healthz`)).headers.get('strict-transport-security')).toContain(
      'max-age=',
    );
    await expect(fetch(`${server.url}/healthz`)).rejects.toMatchObject({
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    });
    await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow();
    expect(server.output()).toContain(`set-up   https://localhost:${server.ports.console}/setup#token=`);
  });

  it('signs in with a cookie that is bound to the host', async () => {
    expect(client.cookie()).toMatch(/^__Host-fenghuo=/);
    expect(await client.get('/session')).toMatchObject({ user: { name: 'chief' } });
  });

  it('takes logs with a key, and refuses a wrong one', async () => {
    const made = await fenghuo(['key', 'add', 'border', '--scope', 'ingest'], { home });
    const key = made.out.trim();
    const send = (secret: string) =>
      server.fetch(`${server.ingestUrl}/ingest`, {
        method: 'POST',
        headers: { authorization: `ApiKey ${secret}`, 'content-type': 'application/x-ndjson' },
        body: '{"message":"over TLS","host":{"name":"gate-tls"}}\n',
      });
    expect((await send(`${key}x`)).status).toBe(401);
    expect((await send(key)).status).toBe(200);
    const found = await until(
      async () =>
        (await client.get<{ items: { fields: object }[] }>('/events/search?q=host.name:gate-tls')).items[0],
      'the event in the store',
    );
    expect(found.fields).toMatchObject({ message: 'over TLS' });
  });
});

describe('off loopback without TLS', () => {
  it.each(['FENGHUO_LISTEN', 'FENGHUO_INGEST'])(
    '%s is refused, and the remedy told',
    async (variable) => {
      const home = await mkdtemp(join(tmpdir(), 'fenghuo-test-'));
      const loopback = {
        FENGHUO_LISTEN: '127.0.0.1:0',
        FENGHUO_INGEST: '127.0.0.1:0',
        FENGHUO_SYSLOG: 'off',
      };
      const address = `0.0.0.0:${await freePort()}`;
      const refused = await fenghuo(['serve'], { home, env: { ...loopback, [variable]: address } });
      expect(refused.code).toBe(1);
      expect(refused.err).toContain(`\`${address}\` is off loopback without TLS [insecure_listen]`);
      expect(refused.err).toContain('run `fenghuo tls init`');
      await rm(home, { recursive: true, force: true });
    },
    30_000,
  );
});
