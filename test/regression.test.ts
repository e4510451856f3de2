/** SigmaHQ's recorded attacks: each rule must match its own recording, read from EVTX and from JSON. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect } from 'vitest';
import type { RawRecord } from '#collector/normalizers/record.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { readEvtxFile } from '#collector/decoders/evtx.js';
import { loadRuleSet, type LoadedRuleSet } from '#detections/rule-set.js';
import { CORPUS_FOLDERS, sigmaRegression, sigmaRules, unpack, type Unpacked } from './sigma-corpus.js';

interface Info {
  rule_metadata: { id: string }[];
  /** Absent in one case, whose recording is raw text. */
  regression_tests_info?: { type: string; match_count?: number; path: string }[];
}

interface Case {
  readonly rule: string;
  readonly folder: string;
  readonly atLeast: number;
}

const context = {
  receivedMs: 1_790_000_000_000,
  unit: '/',
  realm: 'live',
  classification: 1,
  source: 'src_test',
} as const;

function casesOf(root: string): Case[] {
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('info.yml'))
    .map((name) => {
      const info = load(readFileSync(join(root, name), 'utf8')) as Info;
      const rule = info.rule_metadata[0]?.id ?? '';
      return {
        rule,
        folder: join(root, name, '..'),
        atLeast: info.regression_tests_info?.[0]?.match_count ?? 1,
      };
    });
}

/** Lines of a recording that is raw text; undefined where there is none. */
function rawRecords({ folder, rule }: Case): RawRecord[] | undefined {
  const path = join(folder, `${rule}.raw`);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((text) => ({ text }));
}

/** The records of a `.json` file: pretty-printed objects one after the other, or a list. */
function jsonRecords(path: string): RawRecord[] {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  try {
    const whole = JSON.parse(text) as unknown;
    return (Array.isArray(whole) ? whole : [whole]).map((value: Record<string, unknown>) => ({ value }));
  } catch {
    return text
      .split(/(?<=^\})\s*$(?:\r?\n)/m)
      .filter((part) => part.trim() !== '')
      .map((part) => ({ value: JSON.parse(part) as Record<string, unknown> }));
  }
}

sigmaRules.when.describe('the regression recordings', () => {
  let data: Unpacked;
  let loaded: LoadedRuleSet;
  let cases: Case[];
  beforeAll(async () => {
    data = unpack(sigmaRules.path, sigmaRegression.path);
    loaded = await loadRuleSet(CORPUS_FOLDERS.map((folder) => join(data.folder, folder)));
    cases = casesOf(join(data.folder, 'regression_data'));
  }, 120_000);
  afterAll(() => data.remove());

  const run = (recordsOf: (one: Case) => Iterable<RawRecord>): string[] => {
    const missed: string[] = [];
    for (const one of cases) {
      let matches = 0;
      for (const record of recordsOf(one)) {
        const event = normalize(record, context);
        const errors: unknown[] = [];
        const found = loaded.ruleSet.match(event, (_, error) => errors.push(error));
        expect(errors).toEqual([]);
        if (found.some((match) => match.rule.id === one.rule)) matches++;
      }
      if (matches < one.atLeast) missed.push(`${one.rule} ${one.folder}: ${matches} of ${one.atLeast}`);
    }
    return missed;
  };

  sigmaRegression.when.it(
    'match as JSON, or as the raw text where that is all there is',
    () => {
      expect(cases).toHaveLength(122);
      expect(run((one) => rawRecords(one) ?? jsonRecords(join(one.folder, `${one.rule}.json`)))).toEqual([]);
    },
    60_000,
  );

  sigmaRegression.when.it(
    'match as EVTX, where there is one',
    () => {
      const evtx = (one: Case): RawRecord[] =>
        [...readEvtxFile(readFileSync(join(one.folder, `${one.rule}.evtx`)))].map((value) => ({ value }));
      expect(run((one) => rawRecords(one) ?? evtx(one))).toEqual([]);
    },
    60_000,
  );
});
