/**
 * `fenghuo scan` with the Windows rules of the corpus over recorded Windows events: events a CPU-second beside JSON.parse
 * alone and, where it is installed (`cargo install rsigma`, or `RSIGMA=<path>`), rsigma on the same files. Loading the rules is
 * not in it. `BENCH_EVENTS` limits the events (default 100,000).
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf } from '../cli/files.js';
import { readLogs } from '../cli/records.js';
import type { ScanSummary } from '../cli/scan-tally.js';
import { fenghuo } from '#test/command.js';
import { testData } from '#test/data.js';
import { findProgram } from '#test/programs.js';
import { sigmaRules, unpack } from '#test/sigma-corpus.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 100_000);
const RUNS = 3;
const archives = testData('otrf', 'atomic', 'windows');
if (!archives.present || !sigmaRules.present) {
  console.log(`skipped: ${archives.present ? sigmaRules.reason : archives.reason}`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'fenghuo-scan-'));
const rules = unpack(sigmaRules.path);
const windows = join(rules.folder, 'rules', 'windows');
const emerging = join(rules.folder, 'rules-emerging-threats');
const hunting = join(rules.folder, 'rules-threat-hunting');

/** Writes events of the host recordings as NDJSON, up to the limit, and all that start a process. */
async function writeEvents(all: string, processes: string): Promise<void> {
  const [out, starts] = [createWriteStream(all), createWriteStream(processes)];
  let written = 0;
  const files = await filesOf([archives.path], () => undefined);
  for (const file of files.filter((path) => path.includes('/host/')))
    try {
      for await (const log of readLogs(file, () => undefined))
        for await (const batch of log.batches)
          for (const record of batch) {
            if (record.kind !== 'json') continue;
            const line = `${JSON.stringify(record.value)}\n`;
            if (written < EVENTS && !out.write(line)) await once(out, 'drain');
            written += 1;
            const { EventID, Channel } = record.value as { EventID?: unknown; Channel?: unknown };
            if (Number(EventID) === 1 && String(Channel).includes('Sysmon')) starts.write(line);
            else if (Number(EventID) === 4688) starts.write(line);
          }
    } catch (error) {
      console.log(`passed over ${file.slice(archives.path.length + 1)}: ${String(error)}`);
    }
  await Promise.all([out, starts].map((stream) => new Promise((done) => stream.end(done))));
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function parseAlone(lines: readonly string[]): number {
  const from = cpuSeconds();
  for (const line of lines) JSON.parse(line);
  return lines.length / (cpuSeconds() - from);
}

/** Events a CPU-second, and peak memory, of the built command. */
async function scan(file: string): Promise<ScanSummary> {
  const folders = [windows, emerging, hunting].flatMap((one) => ['--rules', one]);
  const { code, out, err } = await fenghuo(['scan', ...folders, '--summary', 'json', file]);
  if (code !== 0) throw new Error(err.slice(-500));
  return JSON.parse(out) as ScanSummary;
}

/** CPU seconds of rsigma on the file; it has no figure of its own, so the shell is asked. */
function rsigma(program: string, file: string): number {
  const words = [
    program,
    'engine',
    'eval',
    '-r',
    rules.folder,
    '-e',
    `@${file}`,
    '--input-format',
    'json',
    '-q',
  ];
  const script = `TIMEFORMAT='%U %S'; time ${words.map((word) => `'${word}'`).join(' ')} >/dev/null 2>&1`;
  const { stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return stderr
    .trim()
    .split(' ')
    .reduce((sum, text) => sum + Number(text), 0);
}

const all = join(folder, 'events.ndjson');
const starts = join(folder, 'processes.ndjson');
const one = join(folder, 'one.ndjson');
try {
  // rsigma reads one folder: what is not of Windows goes.
  for (const other of readdirSync(join(rules.folder, 'rules')))
    if (other !== 'windows') rmSync(join(rules.folder, 'rules', other), { recursive: true });
  for (const other of ['rules-compliance', 'rules-placeholder', 'unsupported'])
    rmSync(join(rules.folder, other), { recursive: true, force: true });
  await writeEvents(all, starts);
  const program = process.env['RSIGMA'] ?? findProgram('rsigma').path;
  for (const [name, file] of [
    ['all events', all],
    ['process creation', starts],
  ] as const) {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const runs: ScanSummary[] = [];
    const limits: number[] = [];
    const peers: number[] = [];
    if (program) writeFileSync(one, `${lines[0]}\n`);
    for (let run = 0; run < RUNS; run += 1) {
      limits.push(parseAlone(lines));
      runs.push(await scan(file));
      if (program) peers.push(lines.length / (rsigma(program, file) - rsigma(program, one)));
    }
    const own = median(runs.map((run) => run.eventsPerCpuSecond));
    const limit = median(limits);
    const peer = program ? median(peers) : undefined;
    const k = (value: number): string => `${(value / 1000).toFixed(1)} k/s`;
    console.log(
      `${name.padEnd(20)} ${lines.length} events, ${runs[0]?.rules} rules, ${runs[0]?.matches} matches: ${k(own)}; ` +
        `JSON.parse alone ${k(limit)} (${((own / limit) * 100).toFixed(0)} %); ` +
        `${peer === undefined ? 'rsigma is not installed' : `rsigma ${k(peer)} (× ${(own / peer).toFixed(2)})`}; ` +
        `peak memory ${median(runs.map((run) => run.maxRssMb)).toFixed(0)} MB`,
    );
  }
} finally {
  rules.remove();
  rmSync(folder, { recursive: true, force: true });
}
