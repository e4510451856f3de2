/**
 * CPU seconds for loading the whole Sigma corpus until it is ready to match: from the files alone, with what an earlier start
 * kept of them, and again within one process. Each in a process of its own; starting it is not in it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRuleSet, RuleFileCache } from '#detections/rule-set.js';
import { checkout } from '#test/data.js';
import { CORPUS_FOLDERS, sigmaRules, unpack } from '#test/sigma-corpus.js';

const RUNS = 5;

interface Loads {
  readonly rules: number;
  readonly first: number;
  readonly again: number;
}

async function measure(corpus: string, cacheFolder: string): Promise<Loads> {
  const folders = CORPUS_FOLDERS.map((folder) => join(corpus, folder));
  const pipelines = [join(checkout, 'docs/examples/sigmahq.pipeline.yml')];
  const cache = new RuleFileCache();
  const load = async (): Promise<[rules: number, cpuSeconds: number]> => {
    const before = process.cpuUsage();
    const { ruleSet } = await loadRuleSet(folders, {
      ...{ pipelines, cache },
      keep: { folder: cacheFolder, program: 'bench' },
    });
    const { user, system } = process.cpuUsage(before);
    return [ruleSet.rules.length, (user + system) / 1e6];
  };
  const [rules, first] = await load();
  const [, again] = await load();
  return { rules, first, again };
}

const [corpus, cacheFolder] = process.argv.slice(2);
if (corpus !== undefined && cacheFolder !== undefined)
  console.log(JSON.stringify(await measure(corpus, cacheFolder)));
else if (!sigmaRules.present) console.log(`skipped: ${sigmaRules.reason}`);
else {
  const data = unpack(sigmaRules.path);
  const root = mkdtempSync(join(tmpdir(), 'fenghuo-bench-'));
  const run = (folder: string): Loads => {
    const words = [...process.execArgv, import.meta.filename, data.folder, folder];
    return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Loads;
  };
  const cold = Array.from({ length: RUNS }, (_, at) => run(join(root, String(at))));
  const kept = Array.from({ length: RUNS }, () => run(join(root, '0')));
  const print = (what: string, values: readonly number[]): void => {
    const sorted = [...values].sort((a, b) => a - b);
    const shown = [sorted[values.length >> 1], sorted[0], sorted.at(-1)].map((one) => one?.toFixed(2));
    console.log(`${what.padEnd(40)} median ${shown[0]} CPU-s, ${shown[1]} to ${shown[2]}`);
  };
  const size = readdirSync(join(root, '0')).reduce(
    (sum, name) => sum + statSync(join(root, '0', name)).size,
    0,
  );
  console.log(`${cold[0]?.rules} rules; kept: ${(size / 1e6).toFixed(1)} MB`);
  print(
    'first start',
    cold.map(({ first }) => first),
  );
  print(
    'next start, nothing changed',
    kept.map(({ first }) => first),
  );
  print(
    'again within a process',
    cold.map(({ again }) => again),
  );
  rmSync(root, { recursive: true });
  data.remove();
}
