/** First page of the queue with 100,000 open alerts, and its facets, at the API; start and memory; a bulk close of 50,000. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp, type Client } from '../test/client.js';
import { startServer } from '../test/server.js';
import { fillWithAlerts } from './alerts.js';

const ALERTS = Number(process.env['BENCH_ALERTS'] ?? 100_000);
/** Alerts of the bulk change. */
const BULK = Math.min(ALERTS, 50_000);
const home = await mkdtemp(join(tmpdir(), 'fenghuo-bench-'));
await fillWithAlerts(home, ALERTS);

/** A line of `/proc/PID/status` in MB; NaN where there is no such file. */
async function memoryOf(pid: number | undefined, line: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(new RegExp(`${line}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024);
}

interface RunningJob {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly data?: { readonly changed?: number };
}

/** Closes 50,000 of the alerts as one job, and takes it back; a page of the queue is asked for all the while. */
async function bulkClose(): Promise<void> {
  const rules = Array.from({ length: Math.ceil((BULK * 60) / ALERTS) }, (_, n) => `rule-${n}`).slice(0, 60);
  const filter = { status: 'open', q: rules.map((rule) => `rule.id: "${rule}"`).join(' or ') };
  const change = { status: 'closed', disposition: 'false_positive', conclusion: 'scanner of the city' };
  const follow = async (what: string, job: RunningJob): Promise<RunningJob> => {
    const started = performance.now();
    const pages: number[] = [];
    for (let now = job; ; now = await client.get<RunningJob>(`/jobs/${job.id}`)) {
      if (now.state !== 'running') {
        pages.sort((a, b) => a - b);
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(
          `${what.padEnd(32)} ${now.data?.changed} alerts in ${seconds} s; a page meanwhile median ${(pages[pages.length >> 1] ?? 0).toFixed(0)} ms, max ${(pages.at(-1) ?? 0).toFixed(0)} ms`,
        );
        return now;
      }
      const asked = performance.now();
      await client.get('/alerts?status=open&limit=50');
      pages.push(performance.now() - asked);
      // As often as a console reads its page anew.
      await new Promise((resolve) => setTimeout(resolve, 800));
    }
  };
  const done = await follow('bulk close', await client.post<RunningJob>('/alerts/bulk', { filter, change }));
  await follow('and back', await client.post<RunningJob>(`/jobs/${done.id}/undo`));
}

const begun = performance.now();
let client: Client;
const server = await startServer({ home, env: { FENGHUO_LOG: 'warn' } });
console.log(
  `start                            ${((performance.now() - begun) / 1000).toFixed(1)} s until ready, memory ${await memoryOf(server.process.pid, 'VmRSS')} MB, peak ${await memoryOf(server.process.pid, 'VmHWM')} MB`,
);
try {
  client = await setUp(server);
  const paths = {
    'first page': '/alerts?status=open&limit=50',
    'first page with facets': '/alerts?status=open&limit=50&facets=status,severity,outcome,assignee,rule.id',
    'filtered by severity and host':
      '/alerts?status=open&severity=critical&entity=srv-7&limit=50&facets=status,severity',
    'what presses most, with facets':
      '/alerts?status=open&sort=triage&limit=100&facets=status,severity,outcome,assignee,rule.id',
    'grouped by rule': '/alerts/groups?by=rule&status=open',
    'grouped by source': '/alerts/groups?by=source&status=open',
    'sorted by severity': '/alerts?status=open&sort=severity&order=desc&limit=50',
  };
  for (const [name, path] of Object.entries(paths)) {
    const times: number[] = [];
    for (let run = 0; run < 21; run++) {
      const started = performance.now();
      await client.get(path);
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    console.log(
      `${name.padEnd(32)} median ${(times[10] ?? 0).toFixed(1)} ms, max ${(times[20] ?? 0).toFixed(1)} ms over ${ALERTS} open alerts`,
    );
  }
  await bulkClose();
} finally {
  await server.stop();
  await server.clean();
}
