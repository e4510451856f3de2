/** Pairs of a rule file and its diagnostics in `testdata/`. `FENGHUO_GOLDEN=write` writes what is missing or differs. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkCorrelations } from './correlation-links.js';
import { readRuleFile, type RuleFile } from './file.js';
import { placeProblems } from './place.js';
import { CODES } from './problem.js';

const folder = join(import.meta.dirname, 'testdata');
const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));
/** Codes that the loader gives, not the reader. */
const ELSEWHERE = [
  'sigma.id.duplicate',
  'sigma.file.unreadable',
  'sigma.document.too_large',
  'sigma.filter.no_rule',
  'sigma.filter.other_source',
  'sigma.pipeline.refused',
  'sigma.pipeline.nothing_left',
];

/** What correlations refer to, within the file alone. */
function linked(text: string, name: string, { rules, correlations }: RuleFile) {
  const { children, problems } = linkCorrelations(
    rules.map(({ rule }) => ({ ...rule, file: name })),
    correlations.map(({ rule, correlation }) => ({ ...rule, correlation, file: name })),
  );
  const diagnostics = problems.map(({ correlation, problem }) => ({
    ...problem,
    document: correlations.find(({ rule }) => rule.id === correlation)?.document ?? 0,
  }));
  return {
    ...(correlations.length > 0 && { correlations: Object.fromEntries(children) }),
    diagnostics: placeProblems(text, name, diagnostics),
  };
}

describe('diagnostics', () => {
  const told = new Set<string>();

  it.each(names)('%s', (name) => {
    const source = readFileSync(join(folder, name), 'utf8');
    const file = readRuleFile(source, name);
    const { correlations, diagnostics: ofLinks } = linked(source, name, file);
    const actual = {
      rules: file.rules.map(({ rule }) => rule.title),
      ...(correlations && { correlations }),
      failed: file.failed,
      diagnostics: [...file.diagnostics, ...ofLinks],
    };
    for (const { code } of actual.diagnostics) told.add(code);
    const golden = join(folder, name.replace(/\.yml$/, '.diagnostics.json'));
    const text = `${JSON.stringify(actual, null, 2)}\n`;
    if (process.env['FENGHUO_GOLDEN'] === 'write') writeFileSync(golden, text);
    expect(existsSync(golden), `${golden} is missing`).toBe(true);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  it('have a case for every code', () => {
    expect(CODES.filter((code) => !told.has(code) && !ELSEWHERE.includes(code))).toEqual([]);
  });
});
