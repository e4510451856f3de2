/** Correlations from the wire to the queue: over kills of the server, and the same as `fenghuo scan` finds in the file. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert, AlertSummary } from '#kernel/schema/alert.js';
import type { LedgerCounts } from '#kernel/schema/judgement.js';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, signIn, type Client } from '../client.js';
import { checkout } from '../data.js';
import { command, startServer, until, type RunningServer } from '../server.js';

const RULES = `title: A guard is hailed
id: 0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2d01
name: hailed
logsource: { product: linux }
detection:
  selection: { message: hail }
  condition: selection
level: low
---
title: The gate opens
id: 0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2d02
name: opened
logsource: { product: linux }
detection:
  selection: { message: open }
  condition: selection
level: low
---
title: Hailed again and again
id: 0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2d03
name: often
correlation:
  type: event_count
  rules: [hailed]
  group-by: [source.ip]
  timespan: 10m
  condition: { gte: 4 }
level: medium
---
title: Then the gate opens
id: 0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2d04
correlation:
  type: temporal_ordered
  rules: [often, opened]
  group-by: [source.ip]
  timespan: 10m
level: high
`;
const CHAIN = '0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2d04';
const COUNT = '0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2d03';

const line = (second: number, message: string, source: string) =>
  JSON.stringify({
    '@timestamp': new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString(),
    message,
    host: { name: 'gate', os: { type: 'linux' } },
    source: { ip: source },
  });
const FIRST = '203.0.113.9';
const SECOND = '198.51.100.7';
/** Each of them is one frame; the server is killed between them. What comes late belongs before what has come. */
const PARTS = [
  [line(10, 'hail', FIRST), line(20, 'hail', FIRST), line(11, 'hail', SECOND)],
  [line(70, 'open', FIRST), line(12, 'open', SECOND)],
  [line(30, 'hail', FIRST), line(9, 'hail', SECOND)],
  [line(5, 'hail', FIRST), line(8, 'hail', SECOND)],
];

describe('correlations', () => {
  let folder: string;
  let server: RunningServer;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-correlations-'));
    await writeFile(join(folder, 'gate.yml'), RULES);
    server = await startServer({ env: { FENGHUO_RULES: folder } });
    await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
    await rm(folder, { recursive: true, force: true });
  });

  const judgedAll = async (): Promise<boolean> => {
    const { frames } = await client.get<{ frames: { head: number; judgedThrough: number }[] }>('/ledger');
    return frames.every(({ head, judgedThrough }) => head === judgedThrough);
  };

  it('raise one alert of what came in four parts, with a kill of the server between them', async () => {
    for (const part of PARTS) {
      const sent = await fetch(`${server.ingestUrl}/ingest`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: `${part.join('\n')}\n`,
      });
      expect(sent.status).toBeLessThan(300);
      client = await signIn(server.url);
      await until(judgedAll, 'the part to be judged');
      await server.kill();
      server = await startServer({
        home: server.home,
        ports: server.ports,
        env: { FENGHUO_RULES: folder },
      });
    }
    client = await signIn(server.url);
    const { items } = await client.get<Page<AlertSummary>>(`/alerts?limit=100`);
    expect(items.map(({ title, severity, count, entity }) => [title, severity, count, entity])).toEqual([
      ['Then the gate opens', 'high', 1, { kind: 'source_ip', value: FIRST }],
    ]);
    const alert = await client.get<Alert>(`/alerts/${items[0]?.id}`);
    expect(alert.evidence?.total).toBe(5);
    expect(alert.evidence?.events.map(({ timeMs }) => new Date(timeMs).getUTCSeconds()).sort()).toEqual(
      [5, 10, 20, 30, 10].sort(),
    );
    expect(alert.firstEventAt).toBe('2026-11-22T08:00:05.000Z');
    expect(alert.lastEventAt).toBe('2026-11-22T08:01:10.000Z');
    expect(alert.latenessMs).toBeGreaterThan(0);
  }, 120_000);

  it('are counted like all else', async () => {
    const ledger = await client.get<LedgerCounts & { unaccounted: number }>('/ledger');
    expect(ledger.unaccounted).toBe(0);
    const rule = async (id: string) => (await client.get<{ ledger: LedgerCounts }>(`/rules/${id}`)).ledger;
    expect(await rule(COUNT)).toMatchObject({ matches: 1, signalled: 1, created: 0 });
    expect(await rule(CHAIN)).toMatchObject({ matches: 1, signalled: 0, created: 1 });
  });

  it('are what a scan of the same log finds', async () => {
    const file = join(folder, 'gate.ndjson');
    await writeFile(file, `${PARTS.flat().join('\n')}\n`);
    const [program, words] = command('scan', '--rules', join(folder, 'gate.yml'), file);
    const child = spawn(program, words, { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    for await (const chunk of child.stdout) out += String(chunk);
    const printed = out
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one) as { ruleId: string; total?: number; signal?: boolean })
      .filter(({ total }) => total !== undefined);
    expect(printed.map(({ ruleId, total, signal = false }) => [ruleId, total, signal])).toEqual([
      [COUNT, 4, true],
      [CHAIN, 5, false],
    ]);
  }, 60_000);
});
