/** The whole Sigma corpus: every rule loads or says why not, and the matcher says what the predicate says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { and } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { readEvtxFile } from '#collector/decoders/evtx.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { AskedFields, decodeRuleFile, encodeRuleFile, type EncodedFile } from '#detections/rule-encoding.js';
import { loadRuleSet, type LoadedRuleSet } from '#detections/rule-set.js';
import { readRuleFile } from '#detections/sigma/file.js';
import { NO_PIPELINES } from '#detections/sigma/pipeline/join.js';
import { checkout } from './data.js';
import { CORPUS_FOLDERS, sigmaRegression, sigmaRules, unpack, type Unpacked } from './sigma-corpus.js';

const context = {
  receivedMs: 1_790_000_000_000,
  unit: '/',
  realm: 'live',
  classification: 1,
  source: 'src_test',
} as const;
/** Events that one predicate a rule is run on: 3,755 of them each. */
const MOST_EVENTS = 400;

function namesBelow(folder: string, extension: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(extension))
    .sort();
}

sigmaRules.when.describe('the Sigma corpus', () => {
  let data: Unpacked;
  let folders: string[];
  beforeAll(() => {
    data = unpack(sigmaRules.path, ...(sigmaRegression.present ? [sigmaRegression.path] : []));
    folders = CORPUS_FOLDERS.map((folder) => join(data.folder, folder));
  }, 60_000);
  afterAll(() => data.remove());

  sigmaRules.when.it(
    'loads but for rules with placeholders, each with its place',
    async () => {
      const { ruleSet, diagnostics, failed } = await loadRuleSet(folders);
      expect(ruleSet.rules.length + failed).toBe(3780);
      expect(new Set(diagnostics.map(({ code }) => code))).toEqual(
        new Set(['sigma.value.undefined_placeholder']),
      );
      const explained = new Set(diagnostics.map(({ file }) => file));
      expect(explained.size).toBe(failed);
      for (const { file, line, column } of diagnostics) {
        const lines = readFileSync(file, 'utf8').split('\n');
        expect(lines[line - 1]?.slice(column - 1)).toContain('%');
      }
    },
    120_000,
  );

  sigmaRules.when.it('reads the old aggregations as correlations, or says why not', async () => {
    const folder = join(data.folder, 'unsupported');
    const { ruleSet, diagnostics } = await loadRuleSet([folder]);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const refused = new Set(errors.map(({ file }) => file));
    expect(namesBelow(folder, '.yml').length - refused.size).toBe(69);
    expect(new Set(errors.map(({ message }) => message.replace(/^`.`/, 'a character')))).toEqual(
      new Set([
        'the aggregation has no `timeframe`',
        '`timeframe` belongs to an aggregation, and the condition has none',
        'a character was not expected; expected `and`, `or`, the end',
      ]),
    );
    const correlations = ruleSet.rules.filter(({ id }) => ruleSet.rolesOf(id)?.correlation !== undefined);
    expect(correlations.length).toBeGreaterThanOrEqual(40);
  });

  sigmaRules.when.it(
    'loads whole, without a word, with a pipeline that has values for the placeholders',
    async () => {
      const pipelines = [join(checkout, 'docs/examples/sigmahq.pipeline.yml')];
      const plain = await loadRuleSet(folders);
      const { ruleSet, diagnostics, failed } = await loadRuleSet(folders, { pipelines });
      expect(diagnostics).toEqual([]);
      expect([ruleSet.rules.length, failed]).toEqual([3780, 0]);
      // Rules without a placeholder are what they were without the pipeline.
      const before = new Map(plain.ruleSet.rules.map(({ id, version }) => [id, version]));
      const others = ruleSet.rules.filter(({ id, version }) => before.get(id) !== version);
      expect(others).toHaveLength(plain.failed);
      for (const { text } of others) expect(text).toMatch(/\n# sigmahq.pipeline.yml: \{value_placeholders: /);
    },
    120_000,
  );

  sigmaRules.when.it(
    'is the same when it is made of what an earlier start kept',
    async () => {
      const options = { keep: { folder: join(data.folder, 'cache'), program: 'test' } };
      const contents = ({ ruleSet, diagnostics, failed }: LoadedRuleSet) => ({
        ...{ diagnostics, failed, version: ruleSet.version, rules: ruleSet.rules, asked: ruleSet.asked() },
        queries: ruleSet.rules.map(({ id }) => ruleSet.queryOf(id)),
      });
      const first = contents(await loadRuleSet(folders, options));
      expect(readdirSync(options.keep.folder)).toHaveLength(1);
      expect(contents(await loadRuleSet(folders, options))).toEqual(first);
      // Rule by rule, for what a set does not show.
      const fields = new AskedFields();
      for (const path of folders.flatMap((folder) => namesBelow(folder, '.yml'))) {
        const file = readRuleFile(readFileSync(path, 'utf8'), path);
        const encoded = JSON.stringify(encodeRuleFile(file, fields));
        const decoded = decodeRuleFile(JSON.parse(encoded) as EncodedFile, fields, NO_PIPELINES);
        expect(decoded, path).toEqual(file);
      }
    },
    120_000,
  );

  sigmaRules.when.it(
    'explains every document of the old, unsupported rules',
    () => {
      for (const path of namesBelow(join(data.folder, 'unsupported'), '.yml')) {
        const file = readRuleFile(readFileSync(path, 'utf8'), path);
        if (file.failed > 0)
          expect(file.diagnostics.filter(({ severity }) => severity === 'error')).not.toEqual([]);
      }
    },
    60_000,
  );

  sigmaRegression.when.it(
    'matches as the predicate does',
    async () => {
      const { ruleSet } = await loadRuleSet(folders);
      const rules = folders
        .flatMap((folder) => namesBelow(folder, '.yml'))
        .flatMap((path) => readRuleFile(readFileSync(path, 'utf8'), path).rules)
        .map(({ rule, source, detection }) => ({
          id: rule.id,
          holds: compilePredicate(and(source, detection)),
        }));
      const events: Fields[] = namesBelow(join(data.folder, 'regression_data'), '.evtx')
        .flatMap((path) => [...readEvtxFile(readFileSync(path))].slice(0, 4))
        .slice(0, MOST_EVENTS)
        .map((value) => normalize({ value }, context).fields);
      let matches = 0;
      for (const fields of events) {
        const found = ruleSet.match({ fields }, (rule, error) => {
          throw new Error(rule.file, { cause: error });
        });
        const wanted = rules.filter(({ holds }) => holds(fields)).map(({ id }) => id);
        expect(found.map(({ rule }) => rule.id).sort()).toEqual(wanted.sort());
        for (const { matched, rule } of found) expect(matched.length, rule.file).toBeGreaterThan(0);
        matches += found.length;
      }
      expect(matches).toBeGreaterThan(100);
    },
    180_000,
  );
});
