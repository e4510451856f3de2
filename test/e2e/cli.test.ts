/** The `fenghuo` command as people and scripts run it: with a server and without one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#kernel/schema/account.js';
import type { Page } from '#kernel/schema/pieces.js';
import { ADMINISTRATOR, setUp, signIn, type Client } from '../client.js';
import { fenghuo } from '../command.js';
import { startServer, type RunningServer } from '../server.js';

const AUDITOR = { name: 'auditor', password: 'ledger-under-the-lamp-3' };
const NEXT = ['a-second-beacon-is-lit-8', 'a-third-beacon-is-lit-88'] as const;

const folders: string[] = [];
async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-test-'));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describe('a lost administrator, and keys', () => {
  let server: RunningServer;
  let client: Client;
  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
  });

  const reset = (password: string) =>
    fenghuo(['user', 'reset', ADMINISTRATOR.name, '--password-stdin'], {
      home: server.home,
      input: `${password}\n`,
    });
  const refused = async (password: string) =>
    expect(signIn(server.url, ADMINISTRATOR.name, password)).rejects.toThrow('401');

  it('is let in again while the server runs, and whoever was in is out', async () => {
    const added = await fenghuo(['user', 'add', AUDITOR.name, '--role', 'audit', '--password-stdin'], {
      home: server.home,
      input: AUDITOR.password,
    });
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(await reset(NEXT[0])).toMatchObject({ code: 0, err: '' });
    expect((await client.ask('GET', '/session')).status).toBe(401);
    await refused(ADMINISTRATOR.password);
    client = await signIn(server.url, ADMINISTRATOR.name, NEXT[0]);
  }, 60_000);

  it('gets a key that stands alone on the last line, and works', async () => {
    const words = ['key', 'add', 'monitoring', '--scope', 'alerts:read'];
    const made = await fenghuo(words, { home: server.home });
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^\S+\n$/);
    const ask = (path: string) =>
      fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `ApiKey ${made.out.trim()}` } });
    expect((await ask('/alerts')).status).toBe(200);
    expect((await ask('/users')).status).toBe(403);
    const [, id = ''] = /(key_\w+)/.exec(made.err) ?? [];
    expect((await fenghuo(['key', 'revoke', id], { home: server.home })).code).toBe(0);
    expect((await ask('/alerts')).status).toBe(401);
  }, 60_000);

  it('is let in again without a server; each time stands in the audit log', async () => {
    await server.stop();
    expect(await reset(NEXT[1])).toMatchObject({ code: 0, err: '' });
    const weak = await reset('short');
    expect([weak.code, weak.err]).toEqual([1, expect.stringContaining('[password_weak]')]);
    server = await startServer({ home: server.home, ports: server.ports });
    await refused(NEXT[0]);
    await signIn(server.url, ADMINISTRATOR.name, NEXT[1]);
    const auditor = await signIn(server.url, AUDITOR.name, AUDITOR.password);
    const { items } = await auditor.get<Page<AuditEntry>>('/audit?limit=200');
    const resets = items.filter(({ action }) => action === 'user.reset');
    expect(resets.map(({ actorName, result }) => [actorName, result])).toEqual([
      ['cli', 'done'],
      ['cli', 'done'],
    ]);
  }, 90_000);
});

describe('fenghuo scan', () => {
  const HOST = { name: 'a', os: { type: 'linux' } };
  const lines = [
    { '@timestamp': '2026-11-22T08:00:00Z', message: 'the lantern burns', host: HOST },
    { '@timestamp': '2026-11-22T08:00:01Z', message: 'nothing', host: HOST },
  ];
  const rule = `title: A lantern is lit
id: 0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c01
status: test
logsource:
  product: linux
detection:
  selection:
    message|contains: lantern
  condition: selection
level: high
`;

  it('prints a line a match, and one object as a summary', async () => {
    const folder = await temporary();
    const file = join(folder, 'events.ndjson');
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await writeFile(join(folder, 'rule.yml'), rule);
    const words = ['scan', '--rules', join(folder, 'rule.yml'), file];
    const [printed, summed] = await Promise.all([fenghuo(words), fenghuo([...words, '--summary', 'json'])]);
    expect(printed.code).toBe(0);
    const matches = printed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(matches).toHaveLength(1);
    expect(Object.keys(matches[0] ?? {})).toEqual([
      ...['ruleId', 'title', 'level', 'file', 'record', 'eventTime', 'matched'],
    ]);
    expect(matches[0]).toMatchObject({
      ruleId: '0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c01',
      title: 'A lantern is lit',
      level: 'high',
      file,
      record: 1,
      eventTime: '2026-11-22T08:00:00.000Z',
      matched: [{ path: 'message' }],
    });
    const summary = JSON.parse(summed.out) as Record<string, unknown>;
    expect(summary).toMatchObject({ rules: 1, rulesFailed: 0, events: 2, matches: 1 });
    for (const name of ['seconds', 'cpuSeconds', 'eventsPerCpuSecond', 'maxRssMb'])
      expect(summary[name]).toEqual(expect.any(Number));
  }, 60_000);

  it('judges correlations over all of its files, and names the events that made a match', async () => {
    const folder = await temporary();
    const files = [0, 1].map((number) => join(folder, `events-${number}.ndjson`));
    const lit = [0, 5].map((minute) => ({ ...lines[0], '@timestamp': `2026-11-22T08:0${minute}:00Z` }));
    await Promise.all(files.map((file, at) => writeFile(file, `${JSON.stringify(lit[at])}\n`)));
    const correlation = `title: Lanterns are lit
id: 0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c02
correlation:
  type: event_count
  rules: [0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c01]
  group-by: [host.name]
  timespan: 10m
  condition: { gte: 2 }
level: critical
`;
    await writeFile(join(folder, 'rule.yml'), `${rule}---\n${correlation}`);
    const { code, out } = await fenghuo(['scan', '--rules', join(folder, 'rule.yml'), ...files]);
    expect(code).toBe(0);
    const printed = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(printed.map(({ title, signal }) => [title, signal])).toEqual([
      ['A lantern is lit', true],
      ['A lantern is lit', true],
      ['Lanterns are lit', undefined],
    ]);
    expect(printed[2]).toMatchObject({
      level: 'critical',
      eventTime: '2026-11-22T08:05:00.000Z',
      matched: [{ path: 'host.name', value: 'a', selection: 'group-by' }],
      events: files.map((file) => `${file}#1`),
      total: 2,
    });
  }, 60_000);

  it('says which file cannot be read, judges the others, and fails', async () => {
    const folder = await temporary();
    const file = join(folder, 'events.ndjson');
    await writeFile(file, `${JSON.stringify(lines[1])}\n`);
    const missing = join(folder, 'missing.ndjson');
    const { code, out, err } = await fenghuo(['scan', missing, file, '--summary', 'json']);
    expect(code).toBe(1);
    expect(err).toContain(missing);
    expect(JSON.parse(out)).toMatchObject({ events: 1 });
  }, 60_000);
});
