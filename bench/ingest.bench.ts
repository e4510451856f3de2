/**
 * `_bulk` in → journaled, stored, judged: events a second for a minute, nothing lost, peak memory; before that accepted →
 * alert in the API at 2,000 and 5,000 events a second. By our own rules, and where the test data are, with the whole Sigma
 * corpus beside them.
 *
 * The sender runs in this process, so server and sender share the machine's cores: the figure is a floor.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setUp, type Client } from '../test/client.js';
import { startServer, type RunningServer } from '../test/server.js';
import { CORPUS_FOLDERS, sigmaRules, unpack } from '../test/sigma-corpus.js';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 60);
const BATCH = 1000;
const CONNECTIONS = 4;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

interface Ledger {
  readonly unaccounted: number;
  readonly frames: readonly { head: number; judgedThrough: number; events: number; gaps: unknown[] }[];
}

/** Lines as shippers send them: half sshd, a quarter nginx, a quarter Windows; nothing in them matches a rule. */
function batchOf(number: number): string {
  const now = new Date();
  const at = now.toISOString();
  // 22/Nov/2026:14:00:00 +0000, as web servers write it.
  const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(now.toUTCString()) ?? [];
  const clock = `${day}/${month}/${year}:${time} +0000`;
  let body = '';
  for (let line = 0; line < BATCH; line++) {
    const n = number * BATCH + line;
    body += `{"create":{"_index":"logs-bench","_id":"${number}-${line}"}}\n`;
    if (line % 4 < 2)
      body += `{"@timestamp":"${at}","host":{"name":"srv-${n % 50}"},"log":{"syslog":{"appname":"sshd"}},"process":{"name":"sshd","pid":${n % 32768}},"message":"Accepted publickey for deploy from 10.0.${n % 256}.${n % 199} port ${1024 + (n % 60000)} ssh2: ED25519 SHA256:kq3${n}"}\n`;
    else if (line % 4 === 2)
      body += `{"@timestamp":"${at}","host":{"name":"web-${n % 20}"},"message":"10.1.${n % 256}.${n % 251} - - [${clock}] \\"GET /service/item/${n} HTTP/1.1\\" 200 ${n % 9999} \\"-\\" \\"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0\\"","event":{"dataset":"nginx.access"}}\n`;
    else
      body += `{"@timestamp":"${at}","host":{"name":"win-${n % 30}"},"winlog":{"channel":"Security","event_id":"4624","provider_name":"Microsoft-Windows-Security-Auditing","computer_name":"win-${n % 30}","record_id":${n},"event_data":{"TargetUserName":"user${n % 400}","LogonType":"3","IpAddress":"10.2.${n % 256}.7","ProcessName":"-"}},"event":{"code":"4624"}}\n`;
  }
  return body;
}

async function bulk(server: RunningServer, body: string): Promise<{ accepted: number; status: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.ingestUrl}/_bulk`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(body) },
      },
      (answer) => {
        text(answer).then((body) => {
          const status = answer.statusCode ?? 0;
          resolve({ status, accepted: status === 200 ? (body.match(/"status":201/g) ?? []).length : 0 });
        }, reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

const ledgerOf = (client: Client): Promise<Ledger> => client.get<Ledger>('/ledger');
const judgedEvents = (ledger: Ledger): number => ledger.frames.reduce((sum, one) => sum + one.events, 0);

function processOf(server: RunningServer): { peakMb: number; cpuSeconds: number } {
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    peakMb: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024),
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100,
  };
}

async function throughput(server: RunningServer, client: Client): Promise<void> {
  await settled(
    async () => (await stored(client)) >= judgedEvents(await ledgerOf(client)),
    'what came before',
  );
  const earlier = { judged: judgedEvents(await ledgerOf(client)), stored: await stored(client) };
  const before = processOf(server);
  const started = performance.now();
  let number = 0;
  let accepted = 0;
  let refused = 0;
  const perSecond: number[] = [];
  const sampler = setInterval(() => perSecond.push(accepted), 1000);
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() - started < SECONDS * 1000) {
        const answer = await bulk(server, batchOf(number++));
        accepted += answer.accepted;
        if (answer.status !== 200) {
          refused += 1;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    }),
  );
  clearInterval(sampler);
  const ingestSeconds = (performance.now() - started) / 1000;
  await settled(
    async () => judgedEvents(await ledgerOf(client)) - earlier.judged >= accepted,
    'all to be judged',
  );
  const judgedSeconds = (performance.now() - started) / 1000;
  await settled(async () => (await stored(client)) - earlier.stored >= accepted, 'all to be stored');
  const storedSeconds = (performance.now() - started) / 1000;
  const after = processOf(server);
  const rates = perSecond.map((sum, at) => sum - (perSecond[at - 1] ?? 0)).sort((a, b) => a - b);
  const ledger = await ledgerOf(client);
  console.log(
    `accepted            ${accepted} events in ${ingestSeconds.toFixed(1)} s, batches answered 429/503: ${refused}`,
  );
  console.log(
    `accepted a second   median ${rates[Math.floor(rates.length / 2)]}, min ${rates[0]}, max ${rates.at(-1)}`,
  );
  console.log(
    `through the judge   ${Math.round(accepted / judgedSeconds)} events/s; through the store ${Math.round(accepted / storedSeconds)} events/s`,
  );
  console.log(
    `lost                ${accepted + earlier.judged - judgedEvents(ledger)} unjudged, ${accepted + earlier.stored - (await stored(client))} unstored, gaps ${ledger.frames.flatMap((one) => one.gaps).length}, unaccounted ${ledger.unaccounted}`,
  );
  console.log(
    `server              ${(((after.cpuSeconds - before.cpuSeconds) / accepted) * 1e6).toFixed(1)} µs CPU an event, peak ${after.peakMb} MB`,
  );
}

/** Asks seldom: counting all that is stored costs what the store itself needs. */
async function settled(holds: () => Promise<boolean>, what: string): Promise<void> {
  const limit = performance.now() + 300_000;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`waited 300 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function stored(client: Client): Promise<number> {
  const now = Date.now();
  const { buckets } = await client.get<{ buckets: { count: number }[] }>(
    `/events/histogram?q=&from=${new Date(now - 3_600_000).toISOString()}&to=${new Date(now + 600_000).toISOString()}&buckets=10`,
  );
  return buckets.reduce((sum, bucket) => sum + bucket.count, 0);
}

async function latency(server: RunningServer, client: Client, rate: number): Promise<void> {
  const acceptedAt = new Map<string, number>();
  const delays: number[] = [];
  const seconds = Math.min(30, SECONDS);
  let sending = true;
  const watching = (async () => {
    for (let left = 300; left > 0 && (sending || acceptedAt.size > 0); left -= sending ? 0 : 1) {
      const page = await client.get<{ items: { user?: string }[] }>(
        '/alerts?status=open&sort=raisedAt&order=desc&limit=100',
      );
      const seen = performance.now();
      for (const { user = '' } of page.items) {
        const at = acceptedAt.get(user);
        if (at === undefined) continue;
        delays.push(seen - at);
        acceptedAt.delete(user);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  const started = performance.now();
  for (let tick = 0; tick < seconds * 10; tick++) {
    // Ten times a second; one event of them is an attack by a user of its own.
    const lines = batchOf(rate * 1_000 + tick)
      .split('\n')
      .slice(0, (rate / 10 - 1) * 2);
    const user = `mallory${rate}-${tick}`;
    lines.push(`{"create":{"_index":"logs-bench","_id":"attack-${rate}-${tick}"}}`);
    lines.push(
      JSON.stringify({
        '@timestamp': new Date().toISOString(),
        host: { name: 'gov-portal-02' },
        log: { syslog: { appname: 'sudo' } },
        process: { name: 'sudo' },
        message: `${user} : user NOT in sudoers ; TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh`,
      }),
    );
    const answer = await bulk(server, `${lines.join('\n')}\n`);
    if (answer.accepted === rate / 10) acceptedAt.set(user, performance.now());
    const wait = started + (tick + 1) * 100 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  sending = false;
  await watching;
  delays.sort((a, b) => a - b);
  const at = (share: number): string =>
    (delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN).toFixed(0);
  console.log(
    `accepted → alert    p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms over ${delays.length} alerts at ${rate} events/s (seen by polling the API every 200 ms)`,
  );
}

async function measure(rules: readonly string[]): Promise<void> {
  const server = await startServer({
    env: { FENGHUO_LOG: 'warn', ...(rules.length > 0 && { FENGHUO_RULES: rules.join(delimiter) }) },
  });
  try {
    const client = await setUp(server);
    const { total } = await client.get<{ total: number }>('/rules?limit=1');
    console.log(`\n${total} rules`);
    await latency(server, client, 2_000);
    await latency(server, client, 5_000);
    await throughput(server, client);
  } finally {
    await server.stop();
    await server.clean();
  }
}

const corpus = sigmaRules.present ? unpack(sigmaRules.path) : undefined;
try {
  await measure([]);
  if (corpus) await measure(CORPUS_FOLDERS.map((folder) => join(corpus.folder, folder)));
  else console.log(`skipped with the corpus: ${sigmaRules.reason}`);
} finally {
  agent.destroy();
  corpus?.remove();
}
