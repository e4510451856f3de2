/** Pairs of a rule file and its diagnostics in `testdata/`. `FENGHUO_GOLDEN=write` writes what is missing or differs. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRuleFile } from './file.js';
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
];

describe('diagnostics', () => {
  const told = new Set<string>();

  it.each(names)('%s', (name) => {
    const file = readRuleFile(readFileSync(join(folder, name), 'utf8'), name);
    const actual = {
      rules: file.rules.map(({ rule }) => rule.title),
      failed: file.failed,
      diagnostics: file.diagnostics,
    };
    for (const { code } of file.diagnostics) told.add(code);
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
