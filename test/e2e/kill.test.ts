/** kill -9 during ingest, ten times: every accepted line is stored once and judged once, also over the sender's retries. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, signIn, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';

const KILLS = 10;
const BATCH = 200;

describe('kill -9 during ingest', () => {
  let server: RunningServer;
  afterAll(async () => {
    await server.stop();
    await server.clean();
  });

  it(`keeps every accepted line over ${KILLS} kills, once`, async () => {
    server = await startServer();
    await setUp(server);
    let batch = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const killAfter = batch + 3 + kill;
      // The next batch is on its way when the process dies: it may be on disk or not, and nobody was told.
      for (; batch < killAfter; batch++) await accepted(server, batch);
      const inFlight = send(server, batch).catch(() => undefined);
      await server.kill();
      await inFlight;
      server = await startServer({ home: server.home, ports: server.ports });
      // The sender heard nothing, so it sends again; and repeats the one before, whose answer it might have lost.
      await accepted(server, batch - 1);
      await accepted(server, batch++);
    }
    const client = await signIn(server.url);
    const total = batch * BATCH;
    await until(async () => (await judged(client)).lag === 0, 'all frames to be judged');
    expect((await judged(client)).events).toBe(total);
    expect((await judged(client)).gaps).toEqual([]);
    await until(async () => (await storedCount(client)) >= total, `${total} events in the store`);
    const seen = new Map<string, number>();
    for (let number = 0; number < batch; number++) {
      const page = await client.get<Page<{ fields: Record<string, string | number> }>>(
        `/events/search?q=${encodeURIComponent(`labels.batch: "b${number}"`)}&limit=1000`,
      );
      expect(page.total, `batch ${number}`).toBe(BATCH);
      for (const item of page.items)
        seen.set(String(item.fields['labels.line']), (seen.get(String(item.fields['labels.line'])) ?? 0) + 1);
    }
    expect(seen.size).toBe(total);
    expect([...seen.values()].filter((count) => count !== 1)).toEqual([]);
    // One line in each batch matches a rule of ours: the ledger counts it once.
    const ledger = await client.get<{ matches: number; unaccounted: number }>('/ledger');
    expect(ledger.unaccounted).toBe(0);
    expect(await matchedEvents(client)).toBe(batch);
  }, 240_000);
});

interface Ledger {
  frames: { journal: string; judgedThrough: number; head: number; gaps: unknown[]; events: number }[];
}

async function judged(client: Client): Promise<{ lag: number; events: number; gaps: unknown[] }> {
  const { frames } = await client.get<Ledger>('/ledger');
  return {
    lag: frames.reduce((sum, one) => sum + one.head - one.judgedThrough, 0),
    events: frames.reduce((sum, one) => sum + one.events, 0),
    gaps: frames.flatMap((one) => one.gaps),
  };
}

async function storedCount(client: Client): Promise<number> {
  const now = Date.now();
  const { buckets } = await client.get<{ buckets: { count: number }[] }>(
    `/events/histogram?q=${encodeURIComponent('labels.batch: *')}&from=${new Date(now - 7_200_000).toISOString()}&to=${new Date(now + 3_600_000).toISOString()}`,
  );
  return buckets.reduce((sum, bucket) => sum + bucket.count, 0);
}

async function matchedEvents(client: Client): Promise<number> {
  const { items } = await client.get<Page<{ count: number }>>('/alerts?limit=100&q=&rule=');
  return items.reduce((sum, alert) => sum + alert.count, 0);
}

/** Line 0 of each batch is one that a rule of ours knows; the others match none. */
function bodyOf(batch: number): string {
  const at = new Date().toISOString();
  return Array.from({ length: BATCH }, (_, line) => {
    const id = `b${batch}-${line}`;
    const message =
      line === 0
        ? 'mallory : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/mallory ; USER=root ; COMMAND=/bin/sh'
        : `worker ${id} done`;
    const program = line === 0 ? 'sudo' : 'worker';
    return `${JSON.stringify({ create: { _index: 'logs-kill', _id: id } })}\n${JSON.stringify({ '@timestamp': at, message, 'log.syslog.appname': program, 'process.name': program, 'host.name': 'gov-portal-02', labels: { batch: `b${batch}`, line: id } })}\n`;
  }).join('');
}

function send(server: RunningServer, batch: number): Promise<Response> {
  return fetch(`${server.ingestUrl}/_bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: bodyOf(batch),
  });
}

/** Sends until the server says that it has every line: made now, or there already (409). */
async function accepted(server: RunningServer, batch: number): Promise<void> {
  const answer = (await (await send(server, batch)).json()) as { items: { create: { status: number } }[] };
  const refused = answer.items.filter((item) => ![200, 201, 409].includes(item.create.status));
  expect(refused).toEqual([]);
}
