/** `fenghuo rules check`: every problem of every rule, with its place and a remedy. */
import { delimiter } from 'node:path';
import { parseArgs } from 'node:util';
import { loadRuleSet } from '#detections/rule-set.js';
import { ownRules } from '#server/paths.js';
import { UsageError, type Io } from './io.js';
import { harmless } from './table.js';

export async function rules(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [action, ...named] = positionals;
  if (action !== 'check') throw new UsageError('say `check`');
  const further = (io.env['FENGHUO_RULES'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = named.length > 0 ? named : [ownRules, ...further];
  const { ruleSet, diagnostics, failed } = await loadRuleSet(folders, {});
  if (values.json) io.out(`${JSON.stringify({ rules: ruleSet.rules.length, failed, diagnostics })}\n`);
  else {
    for (const one of diagnostics) {
      io.out(
        `${harmless(one.file)}:${one.line}:${one.column}: ${one.severity}: ${harmless(one.message)} [${one.code}]\n  → ${harmless(one.hint)}\n`,
      );
    }
    io.out(`${ruleSet.rules.length} rules are good, ${failed} failed, ${diagnostics.length} problems\n`);
  }
  return diagnostics.some((one) => one.severity === 'error') ? 1 : 0;
}
