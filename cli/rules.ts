/** `fenghuo rules check | test | convert | fields`: every problem of every rule and every case beside it, with its place and a remedy. */
import { parseArgs } from 'node:util';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { loadRuleSet, type SigmaRuleSet } from '#detections/rule-set.js';
import { UsageError, type Io } from './io.js';
import { convertRules, TARGETS, type Target } from './rule-convert.js';
import { ruleFields } from './rule-fields.js';
import { ruleCache, rulePlaces } from './rule-folders.js';
import { undelivered } from './rule-sources.js';
import { testRules } from './rule-tests.js';
import { harmless } from './table.js';

const ACTIONS = ['check', 'test', 'convert', 'fields'];

export async function rules(words: readonly string[], io: Io): Promise<number> {
  if (words[0] === 'fields') return ruleFields(words.slice(1), io);
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      to: { type: 'string' },
      pipeline: { type: 'string', multiple: true },
    },
  });
  const [action = '', ...named] = positionals;
  if (!ACTIONS.includes(action)) throw new UsageError(`say one of ${ACTIONS.join(', ')}`);
  const to = TARGETS.find((target) => target === values.to);
  if (action === 'convert' && to === undefined) throw new UsageError(`say --to ${TARGETS.join(' or --to ')}`);
  if (action !== 'convert' && values.to !== undefined) throw new UsageError('--to belongs to convert');
  const { folders, pipelines } = rulePlaces(named, values.pipeline, io);
  const { ruleSet, diagnostics, failed } = await loadRuleSet(folders, { pipelines, keep: ruleCache(io) });
  if (to !== undefined) return convert(ruleSet, to, { diagnostics, json: values.json, io });
  const tests = action === 'test' ? await testRules(ruleSet) : undefined;
  const all = [
    ...diagnostics,
    ...(action === 'check' ? undelivered(ruleSet) : []),
    ...(tests?.diagnostics ?? []),
  ];
  if (values.json) {
    const counts = tests && { files: tests.files, cases: tests.cases, failedCases: tests.failed };
    io.out(`${JSON.stringify({ rules: ruleSet.rules.length, failed, ...counts, diagnostics: all })}\n`);
  } else {
    for (const one of all) io.out(lineOf(one));
    io.out(
      `${ruleSet.rules.length} rules are good, ${failed} failed, ${all.length - (tests?.diagnostics.length ?? 0)} problems\n`,
    );
    if (tests) io.out(`${tests.cases} cases in ${tests.files} files, ${tests.failed} failed\n`);
  }
  return all.some((one) => one.severity === 'error') ? 1 : 0;
}

/** Queries on standard output; all else on standard error. */
function convert(
  ruleSet: SigmaRuleSet,
  to: Target,
  {
    diagnostics,
    json,
    io,
  }: { readonly diagnostics: readonly Diagnostic[]; readonly json: boolean; readonly io: Io },
): number {
  const { lines, refused } = convertRules(ruleSet, to);
  for (const line of lines) io.out(`${line}\n`);
  for (const one of [...diagnostics, ...refused]) io.err(json ? `${JSON.stringify(one)}\n` : lineOf(one));
  if (!json) io.err(`${lines.length} of ${ruleSet.rules.length} rules are converted\n`);
  return diagnostics.some((one) => one.severity === 'error') ? 1 : 0;
}

function lineOf({ file, line, column, severity, message, code, hint }: Diagnostic): string {
  return `${harmless(file)}:${line}:${column}: ${severity}: ${harmless(message)} [${code}]\n  → ${harmless(hint)}\n`;
}
