/** How fast the journal accepts: synced in groups as fast as it goes, and the latency at 2,000 events/s; medians of five runs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '#kernel/event.js';
import { openJournal, type FileJournal } from '#collector/journal/journal.js';

const RUNS = 5;
const identifiers = { next: (prefix: string) => `${prefix}_00000000000000000000000001` };

/** About 600 bytes of JSON, as a normalised sshd line is. */
function sample(n: number, identified: boolean): NewEvent {
  return {
    ...(identified && { senderId: `logs-bench/${n}` }),
    timeMs: 1_768_478_400_000 + n,
    unit: '/cn/gd/sz',
    realm: 'live',
    classification: 1,
    source: 'src_01J00000000000000000000000',
    fields: {
      message: `Failed password for invalid user admin${n} from 203.0.113.${n % 256} port ${n % 65536} ssh2`,
      'event.original': `<38>Jan 15 12:00:00 bastion sshd[${n}]: Failed password for invalid user admin${n} from 203.0.113.${n % 256} port ${n % 65536} ssh2`,
      'event.kind': 'event',
      'event.category': ['authentication'],
      'event.type': ['start'],
      'event.outcome': 'failure',
      'event.action': 'ssh_login',
      'host.name': 'bastion',
      'process.name': 'sshd',
      'process.pid': n,
      'source.ip': `203.0.113.${n % 256}`,
      'source.port': n % 65536,
      'user.name': `admin${n}`,
      'log.syslog.facility.code': 4,
      'log.syslog.severity.code': 6,
    },
  };
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1] as number;
}

async function withJournal<T>(body: (journal: FileJournal, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-bench-'));
  const clock = { nowMs: () => Date.now() };
  const journal = await openJournal({ folder, clock, ids: identifiers });
  try {
    return await body(journal, folder);
  } finally {
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function throughput(events: number, batch: number, senders: number, identified: boolean) {
  const batches: NewEvent[][] = [];
  for (let n = 0; n < events; n += batch)
    batches.push(Array.from({ length: batch }, (_, index) => sample(n + index, identified)));
  return withJournal(async (journal) => {
    const started = performance.now();
    const cpu = process.cpuUsage();
    let next = 0;
    const send = async (): Promise<void> => {
      for (let mine = batches[next++]; mine !== undefined; mine = batches[next++]) {
        const answer = await journal.append(mine);
        if (!answer.ok) throw new Error(answer.fault.code);
      }
    };
    await Promise.all(Array.from({ length: senders }, send));
    const used = process.cpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    return { seconds, cpuSeconds: (used.user + used.system) / 1e6, bytes: journal.state().bytes };
  });
}

/** Appends of ten events at 200 a second, for so many seconds; latencies in milliseconds. */
async function latencies(seconds: number): Promise<number[]> {
  return withJournal(async (journal) => {
    const took: number[] = [];
    const pending: Promise<void>[] = [];
    const started = performance.now();
    for (let n = 0; n < seconds * 200; n++) {
      const due = started + n * 5;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const events = Array.from({ length: 10 }, (_, index) => sample(n * 10 + index, false));
      const sent = performance.now();
      pending.push(
        journal.append(events).then((answer) => {
          if (!answer.ok) throw new Error(answer.fault.code);
          took.push(performance.now() - sent);
        }),
      );
    }
    await Promise.all(pending);
    return took.sort((a, b) => a - b);
  });
}

/** Milliseconds to open a journal that knows a million senders' identifiers. */
async function openTime(): Promise<{ events: number; ms: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-bench-'));
  const options = { folder, clock: { nowMs: () => Date.now() }, ids: identifiers };
  try {
    const journal = await openJournal(options);
    for (let n = 0; n < 1_000_000; n += 5000)
      await journal.append(Array.from({ length: 5000 }, (_, index) => sample(n + index, true)));
    await journal.close();
    const started = performance.now();
    const again = await openJournal(options);
    const ms = performance.now() - started;
    await again.close();
    return { events: 1_000_000, ms };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const EVENTS = 200_000;
for (const [name, batch, senders, identified] of [
  ['bulks of 1,000 from 8 senders', 1000, 8, false],
  ['bulks of 1,000 from 8 senders, with identifiers', 1000, 8, true],
  ['single events from 1,000 senders', 1, 1000, false],
] as const) {
  const rates: number[] = [];
  const cpuRates: number[] = [];
  let bytes = 0;
  for (let run = 0; run < RUNS; run++) {
    const result = await throughput(EVENTS, batch, senders, identified);
    rates.push(EVENTS / result.seconds);
    cpuRates.push(EVENTS / result.cpuSeconds);
    bytes = result.bytes / EVENTS;
  }
  console.log(
    `${name}: ${Math.round(median(rates))} events/s, ${Math.round(median(cpuRates))} events per CPU second, ${Math.round(bytes)} bytes an event`,
  );
}

const p50: number[] = [];
const p99: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const took = await latencies(4);
  p50.push(took[Math.floor(took.length * 0.5)] as number);
  p99.push(took[Math.floor(took.length * 0.99)] as number);
}
console.log(
  `2,000 events/s in tens: append p50 ${median(p50).toFixed(2)} ms, p99 ${median(p99).toFixed(2)} ms`,
);

const opened = await openTime();
console.log(`open with ${opened.events} senders' identifiers: ${Math.round(opened.ms)} ms`);
