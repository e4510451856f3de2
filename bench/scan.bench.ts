/**
 * `fenghuo scan` with the Windows rules of the corpus over the recorded Windows events: events a CPU-second beside JSON.parse
 * alone and, where it is installed, rsigma on the same files. Loading the rules is not in it. `BENCH_EVENTS` limits the events
 * (default all). The events that start a process are few and are read {@link TIMES} times over.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ScanSummary } from '../cli/scan-tally.js';
import { fenghuo } from '#test/command.js';
import { sigmaRules } from '#test/sigma-corpus.js';
import { archives, writeEvents } from './recorded-events.js';
import { ROUTING, rsigma, windowsCorpus } from './windows-corpus.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? Infinity);
const TIMES = 20;
const RUNS = 3;
if (!archives.present || !sigmaRules.present) {
  console.log(`skipped: ${archives.present ? sigmaRules.reason : archives.reason}`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'fenghuo-scan-'));
const corpus = windowsCorpus();

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Events a CPU-second; the lines are read a thousand at a time, and reading them is not in it. */
async function parseAlone(file: string): Promise<number> {
  let [lines, events, used] = [[] as string[], 0, 0];
  const parse = (): void => {
    const from = cpuSeconds();
    for (const line of lines) JSON.parse(line);
    used += cpuSeconds() - from;
    events += lines.length;
    lines = [];
  };
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (lines.push(line) === 1_000) parse();
  parse();
  return events / used;
}

/** Events a CPU-second, and peak memory, of the built command. */
async function scan(file: string): Promise<ScanSummary> {
  const { code, out, err } = await fenghuo(['scan', '--rules', corpus.folder, '--summary', 'json', file]);
  if (code !== 0) throw new Error(err.slice(-500));
  return JSON.parse(out) as ScanSummary;
}

/** CPU seconds of rsigma on the file; it has no figure of its own, so the shell is asked. */
function rsigmaSeconds(program: string, file: string): number {
  const words = [program, 'engine', 'eval', '-r', corpus.folder, '-e', `@${file}`, '-q', ...ROUTING];
  const script = `TIMEFORMAT='%U %S'; time ${words.map((word) => `'${word}'`).join(' ')} --input-format json >/dev/null 2>&1`;
  const { stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return stderr
    .trim()
    .split(' ')
    .reduce((sum, text) => sum + Number(text), 0);
}

async function firstLine(file: string, into: string): Promise<void> {
  const handle = await open(into, 'w');
  for await (const line of createInterface({ input: createReadStream(file) })) {
    await handle.writeFile(`${line}\n`);
    break;
  }
  await handle.close();
}

const all = join(folder, 'events.ndjson');
const starts = join(folder, 'processes.ndjson');
const one = join(folder, 'one.ndjson');
try {
  const written = await writeEvents(all, { limit: EVENTS, starts, times: TIMES });
  for (const [name, file, events] of [
    ['all events', all, written.events],
    ['process creation', starts, written.starts],
  ] as const) {
    const runs: ScanSummary[] = [];
    const limits: number[] = [];
    const peers: number[] = [];
    if (rsigma) await firstLine(file, one);
    for (let run = 0; run < RUNS; run += 1) {
      limits.push(await parseAlone(file));
      runs.push(await scan(file));
      if (rsigma) peers.push(events / (rsigmaSeconds(rsigma, file) - rsigmaSeconds(rsigma, one)));
    }
    const own = median(runs.map((run) => run.eventsPerCpuSecond));
    const limit = median(limits);
    const peer = rsigma ? median(peers) : undefined;
    const k = (value: number): string => `${(value / 1000).toFixed(1)} k/s`;
    console.log(
      `${name.padEnd(20)} ${events} events, ${runs[0]?.rules} rules, ${runs[0]?.matches} matches: ${k(own)}; ` +
        `JSON.parse alone ${k(limit)} (${((own / limit) * 100).toFixed(0)} %); ` +
        `${peer === undefined ? 'rsigma is not installed' : `rsigma ${k(peer)} (× ${(own / peer).toFixed(2)})`}; ` +
        `peak memory ${median(runs.map((run) => run.maxRssMb)).toFixed(0)} MB`,
    );
  }
} finally {
  corpus.remove();
  rmSync(folder, { recursive: true, force: true });
}
