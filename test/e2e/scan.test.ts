/** `fenghuo scan` over the regression recordings, with the corpus's rules: every rule finds its own attack. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkout, testData } from '../data.js';
import { command } from '../server.js';
import { skipUnless } from '../skip.js';

const corpus = testData('sigma', 'rules.tar.xz');
const recordings = testData('sigma', 'regression.tar.xz');
const ready = skipUnless(
  corpus.present && recordings.present,
  corpus.present ? recordings.reason : corpus.reason,
);

interface Info {
  readonly rule_metadata: readonly { readonly id: string }[];
  readonly regression_tests_info: readonly { readonly type: string; readonly match_count?: number }[];
}

interface Match {
  readonly ruleId: string;
  readonly title: string;
  readonly level: string;
  readonly file: string;
  readonly record: number;
  readonly eventTime: string;
  readonly matched: readonly { path: string; value: string }[];
}

ready.describe('fenghuo scan', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-scan-'));
    for (const archive of [corpus.path, recordings.path]) execFileSync('tar', ['xf', archive, '-C', folder]);
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const scan = (...words: string[]): { status: number | null; stdout: string; stderr: string } => {
    const [program, before] = command('scan', ...words);
    const { status, stdout, stderr } = spawnSync(program, before, {
      cwd: checkout,
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    });
    return { status, stdout, stderr };
  };

  it('finds every recorded attack by its own rule, in EVTX and in JSON', async () => {
    const names = (await readdir(join(folder, 'regression_data'), { recursive: true })).map(String);
    const files = names
      .filter((name) => /\.(?:evtx|json)$/.test(name))
      .map((name) => join(folder, 'regression_data', name));
    const rules = ['rules', 'rules-emerging-threats', 'rules-threat-hunting'].map((name) =>
      join(folder, name),
    );
    const { status, stdout } = scan('--rules', ...rules, ...files);
    expect(status).toBe(0);
    const found = new Map<string, number>();
    for (const line of stdout.split('\n').filter(Boolean)) {
      const match = JSON.parse(line) as Match;
      expect(Date.parse(match.eventTime)).not.toBeNaN();
      found.set(`${match.ruleId} ${match.file}`, (found.get(`${match.ruleId} ${match.file}`) ?? 0) + 1);
    }
    const missed: string[] = [];
    for (const file of files) {
      const info = load(readFileSync(join(dirname(file), 'info.yml'), 'utf8')) as Info;
      const wanted = info.regression_tests_info[0]?.match_count ?? 1;
      for (const { id } of info.rule_metadata)
        if ((found.get(`${id} ${file}`) ?? 0) < wanted) missed.push(`${id} ${file}`);
    }
    expect(missed).toEqual([]);
    expect(files.length).toBeGreaterThan(200);
  }, 180_000);

  it('sums up as one object', () => {
    const { status, stdout } = scan(
      '--rules',
      join(folder, 'rules/windows/process_creation'),
      '--summary',
      'json',
      join(folder, 'regression_data'),
    );
    expect(status).toBe(0);
    const summary = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        'rules',
        'rulesFailed',
        'events',
        'matches',
        'seconds',
        'cpuSeconds',
        'eventsPerCpuSecond',
        'maxRssMb',
      ]),
    );
    expect(summary['events']).toBeGreaterThan(200);
    expect(summary['matches']).toBeGreaterThan(0);
  }, 120_000);
});
