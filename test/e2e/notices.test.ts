/** A critical alert leads to one mail and one signed message; a receiver that fails is tried again, and shown. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert } from '#kernel/schema/alert.js';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';

const SECRET = 'shared-between-two-towers';
const ROOT_SHELL =
  '<85>1 2026-11-22T08:00:00+08:00 gov-web-01 sudo - - -   webops : PWD=/tmp ; USER=root ; COMMAND=/usr/bin/env /bin/bash\n';
const listening = async (server: { listen(port: number, host: string, done: () => void): unknown }) =>
  new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));

describe('mail and webhook', () => {
  const mails: string[] = [];
  const posts: { headers: IncomingHttpHeaders; body: string }[] = [];
  let failing = 1;
  let server: RunningServer;
  let client: Client;
  let folder: string;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      void text(stream).then((mail) => {
        mails.push(mail);
        done();
      });
    },
  });
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      posts.push({ headers: request.headers, body });
      response.statusCode = failing-- > 0 ? 503 : 204;
      response.end();
    });
  });

  beforeAll(async () => {
    await listening(smtp);
    await listening(receiver);
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-test-'));
    await writeFile(join(folder, 'secret'), `${SECRET}\n`);
    const port = (address: unknown) => (address as AddressInfo).port;
    server = await startServer({
      env: {
        FENGHUO_SMTP_URL: `smtp://127.0.0.1:${port(smtp.server.address())}`,
        FENGHUO_MAIL_FROM: 'fenghuo@example.org',
        FENGHUO_MAIL_TO: 'duty@example.org',
        FENGHUO_NOTIFY_WEBHOOK: `http://127.0.0.1:${port(receiver.address())}/hook`,
        FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE: join(folder, 'secret'),
      },
    });
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
    await new Promise<void>((resolve) => smtp.close(resolve));
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  const deliveries = async () =>
    (await client.get<{ deliveries: Record<string, number> }>('/system')).deliveries;
  const ingest = async () => fetch(`${server.ingestUrl}/ingest`, { method: 'POST', body: ROOT_SHELL });

  it('tell of a critical alert once each, also when a receiver fails at first', async () => {
    expect((await ingest()).status).toBe(200);
    const alert = await until(
      async () => (await client.get<Page<Alert>>('/alerts?status=open')).items[0],
      'the alert',
    );
    expect(alert.severity).toBe('critical');
    await until(async () => posts.length === 1 && mails.length === 1, 'the mail and the first attempt');
    expect(
      await until(async () => {
        const now = await deliveries();
        return now['sent'] === 1 && now;
      }, 'the mail to be counted'),
    ).toEqual({ pending: 1, sent: 1, failed: 0 });
    // The same again joins the alert, and is no news.
    expect((await ingest()).status).toBe(200);
    expect(
      await until(async () => {
        const now = await deliveries();
        return now['pending'] === 0 && now;
      }, 'the second attempt'),
    ).toEqual({ pending: 0, sent: 2, failed: 0 });
    expect([mails.length, posts.length]).toEqual([1, 2]);

    expect(mails[0]).toContain('To: duty@example.org');
    expect(mails[0]).toContain(alert.id);
    for (const { headers, body } of posts) {
      const signature = createHmac('sha256', SECRET)
        .update(`${String(headers['x-fenghuo-timestamp'])}.${body}`)
        .digest('hex');
      expect(headers['x-fenghuo-signature']).toBe(`sha256=${signature}`);
      expect(body).toContain(alert.id);
    }
  }, 60_000);
});
