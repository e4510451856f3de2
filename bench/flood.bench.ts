/**
 * A rule that matches 100,000 different users within a minute, and meanwhile another rule's match every second: how late
 * that one's alert is, with the flood and without, and what becomes of the flood.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from '../test/client.js';
import { startServer } from '../test/server.js';

const SECONDS = 60;
const FLOOD = Number(process.env['BENCH_FLOOD'] ?? 100_000);
const home = await mkdtemp(join(tmpdir(), 'fenghuo-bench-'));
/** To see what the limit is for: `BENCH_FLOOD_LIMIT=999999`. */
const limit = process.env['BENCH_FLOOD_LIMIT'];
const server = await startServer({
  home,
  env: { FENGHUO_LOG: 'warn', ...(limit !== undefined && { FENGHUO_FLOOD_LIMIT: limit }) },
});
const client = await setUp(server);

const sudo = (host: string, user: string, text: string) =>
  JSON.stringify({
    message: `${user} : ${text} ; TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh`,
    ...{ process: { name: 'sudo' }, host: { name: host }, '@timestamp': new Date().toISOString() },
  });
const send = async (lines: readonly string[]): Promise<void> => {
  const answer = await fetch(`${server.ingestUrl}/ingest`, {
    method: 'POST',
    body: lines.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  if (!answer.ok) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
};
interface Found {
  readonly items: readonly unknown[];
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds from the sending of a single match to its alert, once a second. */
async function watch(name: string, seconds: number, flood: number): Promise<void> {
  const late: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const begun = performance.now();
    const each = Math.round(flood / seconds / 4);
    for (let part = 0; part < 4 && each > 0; part += 1)
      await send(
        Array.from({ length: each }, (_, at) =>
          sudo('web-01', `mallory-${second}-${part}-${at}`, 'user NOT in sudoers'),
        ),
      );
    const host = `single-${name}-${second}`;
    const sent = performance.now();
    await send([sudo(host, host, 'command not allowed')]);
    for (;;) {
      const found = await client.get<Found>(`/alerts?status=open&host=${host}&limit=1`);
      if (found.items.length > 0) break;
      if (performance.now() - sent > 60_000) throw new Error(`no alert about ${host} within a minute`);
      await pause(200);
    }
    late.push(performance.now() - sent);
    await pause(Math.max(0, 1000 - (performance.now() - begun)));
  }
  late.sort((a, b) => a - b);
  console.log(
    `${name}: another rule's alert after p50 ${late[late.length >> 1]?.toFixed(0)} ms, at most ${late.at(-1)?.toFixed(0)} ms`,
  );
}

try {
  await watch('quiet', 10, 0);
  await watch('flood', SECONDS, FLOOD);
  await pause(3000);
  const { frames: _frames, ...totals } = await client.get<Record<string, unknown>>('/ledger');
  console.log(`ledger: ${JSON.stringify(totals)}`);
} finally {
  await server.stop();
  await server.clean();
}
