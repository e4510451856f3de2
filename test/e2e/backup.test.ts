/** A backup of a running server, taken by the command while logs come in, and started again in another home. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#kernel/schema/account.js';
import type { Alert, Incident } from '#kernel/schema/alert.js';
import type { Page } from '#kernel/schema/pieces.js';
import { verifyEntries } from '#trust/audit/verify.js';
import { setUp, signIn, type Client } from '../client.js';
import { fenghuo } from '../command.js';
import { startServer, until, type RunningServer } from '../server.js';

const AUDITOR = { name: 'auditor', password: 'ledger-under-the-lamp-3' };
const ROOT_SHELL =
  '<85>1 2026-11-22T08:00:00+08:00 gov-web-01 sudo - - -   webops : PWD=/tmp ; USER=root ; COMMAND=/usr/bin/env /bin/bash';

/** All that people see of a deployment. */
async function pictureOf(client: Client) {
  const alerts = await client.get<Page<Alert>>('/alerts?limit=100&sort=raisedAt');
  const incidents = await client.get<Page<Incident>>('/incidents?limit=100');
  const events = await client.get<Page<{ id: string }>>('/events/search?q=host.name:before&limit=1000');
  return {
    alerts: alerts.items.map(({ id, title, status, count }) => [id, title, status, count]),
    incidents: incidents.items.map(({ id, title, stage, alerts: linked }) => [id, title, stage, linked]),
    events: events.items.map(({ id }) => id).sort(),
  };
}

describe('backup and restore', () => {
  let server: RunningServer;
  let client: Client;
  const folders: string[] = [];
  const temporary = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fenghuo-test-'));
    folders.push(folder);
    return folder;
  };
  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  });

  const ingest = async (body: string) => {
    const answer = await fetch(`${server.ingestUrl}/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    });
    expect(answer.status).toBe(200);
  };
  const lines = (host: string, from: number, count: number) =>
    Array.from(
      { length: count },
      (_, n) => `{"message":"line ${from + n}","host":{"name":"${host}"}}\n`,
    ).join('');

  it('holds alerts, incidents, events and the proof, though logs come in meanwhile', async () => {
    await fenghuo(['user', 'add', AUDITOR.name, '--role', 'audit', '--password-stdin'], {
      home: server.home,
      input: AUDITOR.password,
    });
    await ingest(`${ROOT_SHELL}\n`);
    await ingest(lines('before', 0, 300));
    const alert = await until(
      async () => (await client.get<Page<Alert>>('/alerts?status=open')).items[0],
      'an alert',
    );
    const incident = await client.post<{ id: string }>(`/alerts/${alert.id}/incident`, { title: '提权处置' });
    const kept = await fetch(`${server.url}/api/v1/incidents/${incident.id}/evidence?name=memory.bin`, {
      ...{ method: 'POST', body: 'what was in memory' },
      headers: { 'content-type': 'application/octet-stream', origin: server.url, cookie: client.cookie() },
    });
    expect(kept.status).toBe(201);
    const evidence = `/incidents/${incident.id}/evidence/${((await kept.json()) as { id: string }).id}`;
    await until(
      async () => (await client.get<Page<object>>('/events/search?q=host.name:before')).total === 300,
      'the events in the store',
    );
    const before = await pictureOf(client);
    expect([before.alerts.length, before.incidents.length, before.events.length]).toEqual([1, 1, 300]);

    const copy = join(await temporary(), 'copy');
    let done = false;
    let sent = 0;
    const sending = (async () => {
      while (!done) {
        await ingest(lines('during', sent, 200));
        sent += 200;
      }
    })();
    const taken = await fenghuo(['backup', copy], { home: server.home });
    done = true;
    await sending;
    expect(taken).toMatchObject({ code: 0, err: '' });
    expect(sent).toBeGreaterThan(0);
    // Keys of TLS are the machine's own, the lock and the socket the process's.
    expect((await readdir(copy)).sort()).toEqual([
      ...['events', 'evidence', 'journal', 'manifest.json', 'records'],
    ]);

    const home = await temporary();
    expect(await fenghuo(['restore', copy], { home })).toMatchObject({ code: 0, err: '' });
    expect((await fenghuo(['restore', copy], { home })).code).toBe(1);
    const restored = await startServer({ home });
    try {
      const there = await signIn(restored.url);
      expect(restored.setupToken()).toBeUndefined();
      expect(await pictureOf(there)).toEqual(before);
      const bytes = await fetch(`${restored.url}/api/v1${evidence}`, { headers: { cookie: there.cookie() } });
      expect(await bytes.text()).toBe('what was in memory');
      const ledger = await until(async () => {
        const now = await there.get<{
          unaccounted: number;
          frames: { head: number; judgedThrough: number; gaps: unknown[] }[];
        }>('/ledger');
        return now.frames.every(({ head, judgedThrough }) => head === judgedThrough) && now;
      }, 'every frame to be judged');
      expect(ledger.unaccounted).toBe(0);
      expect(ledger.frames.flatMap(({ gaps }) => gaps)).toEqual([]);
      // What was accepted before the copy began is in it once; what came meanwhile, whole requests of it, at most once.
      const during = await there.get<Page<object>>('/events/search?q=host.name:during&limit=1');
      expect(during.total).toBeLessThanOrEqual(sent);
      expect(await auditOf(restored)).toEqual([]);
    } finally {
      await restored.stop();
    }
  }, 180_000);

  async function auditOf(where: RunningServer): Promise<readonly unknown[]> {
    const auditor = await signIn(where.url, AUDITOR.name, AUDITOR.password);
    const entries: AuditEntry[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<AuditEntry> = await auditor.get(`/audit?limit=1000${next}`);
      entries.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    const { checked, problems } = verifyEntries(
      entries.sort((a, b) => a.index - b.index),
      { from: 0 },
    );
    expect(checked).toBeGreaterThan(5);
    return problems;
  }
});
