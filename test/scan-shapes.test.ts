/** A scan judges records where they lie; the server judges the events made of them. Both must say the same. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { filesOf } from '../cli/files.js';
import { rawRecord, readLogs } from '../cli/records.js';
import { scanEvent } from '../cli/scan-event.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { loadRuleSet, type LoadedRuleSet } from '#detections/rule-set.js';
import { testData } from './data.js';
import { CORPUS_FOLDERS, sigmaRegression, sigmaRules, unpack, type Unpacked } from './sigma-corpus.js';

const archives = testData('otrf', 'atomic', 'windows');
/** Of the archives: 350,000 records would take minutes. */
const EVERY = 12;
const context = {
  receivedMs: 1_790_000_000_000,
  unit: '/',
  realm: 'live',
  classification: 1,
  source: 'src_test',
} as const;

sigmaRules.when.describe('scan and server', () => {
  let data: Unpacked;
  let loaded: LoadedRuleSet;
  beforeAll(async () => {
    data = unpack(sigmaRules.path, sigmaRegression.path);
    loaded = await loadRuleSet(CORPUS_FOLDERS.map((folder) => join(data.folder, folder)));
  }, 120_000);
  afterAll(() => data.remove());

  /** Compares the two on every so many records; how many there were, how many were not made events, how many matches. */
  async function compare(
    path: string,
    every: number,
  ): Promise<{ records: number; unread: number; matches: number }> {
    const seen = { records: 0, unread: 0, matches: 0 };
    const onError = (rule: { id: string }, error: unknown): never => {
      throw new Error(`${rule.id}: ${String(error)}`);
    };
    let number = 0;
    for (const file of await filesOf([path], () => undefined))
      for await (const log of readLogs(file, () => undefined))
        for await (const batch of log.batches)
          for (const record of batch) {
            if (number++ % every !== 0) continue;
            const raw = rawRecord(record, log.name);
            const event = scanEvent(raw, { id: 'evt', seq: 1 }, context);
            const scanned = loaded.ruleSet.match(event, onError);
            const wanted = loaded.ruleSet.match(normalize(raw, context), onError);
            if (scanned.length > 0 || wanted.length > 0)
              expect(scanned.map(({ rule, matched }) => ({ rule: rule.id, matched }))).toEqual(
                wanted.map(({ rule, matched }) => ({ rule: rule.id, matched })),
              );
            seen.records += 1;
            if ('unread' in event) seen.unread += 1;
            seen.matches += wanted.length;
          }
    return seen;
  }

  sigmaRegression.when.it('match the same rules on the recorded attacks', async () => {
    const seen = await compare(join(data.folder, 'regression_data'), 1);
    expect(seen.unread).toBeGreaterThan(200);
    expect(seen.matches).toBeGreaterThan(300);
  });

  archives.when.it('match the same rules on the hosts of recorded attacks', async () => {
    const seen: Awaited<ReturnType<typeof compare>>[] = [];
    for (const tactic of ['credential_access', 'defense_evasion', 'execution', 'lateral_movement'])
      for (const file of await filesOf([join(archives.path, tactic)], () => undefined))
        if (file.includes('/host/') && !file.endsWith('empire_mimikatz_opth.tar.gz'))
          seen.push(await compare(file, EVERY));
    const sum = (of: 'records' | 'unread' | 'matches'): number => seen.reduce((all, one) => all + one[of], 0);
    expect(sum('unread')).toBeGreaterThan(10_000);
    expect(sum('matches')).toBeGreaterThan(100);
    console.log(`${sum('records')} records, ${sum('unread')} judged as they lie, ${sum('matches')} matches`);
  });
});
