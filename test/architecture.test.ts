/** Every file of the house keeps the rules of DESIGN: see `architecture/rules.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile } from './architecture/rules.js';
import { checkout } from './data.js';

const LEFT_OUT = new Set(['node_modules', 'dist', 'var', 'build', '.svelte-kit', 'paraglide', '.git']);

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || entry.name.startsWith('dist.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(?:ts|svelte)$/.test(entry.name)) yield path;
  }
}

describe('the house', () => {
  const files = [...sources(checkout)].map((path) => relative(checkout, path).split(sep).join('/'));

  it('is found', () => {
    expect(files).toContain('kernel/event.ts');
    expect(files.some((path) => path.endsWith('.svelte'))).toBe(true);
  });

  it('keeps its rules', () => {
    const broken = files.flatMap((path) => checkFile(path, readFileSync(join(checkout, path), 'utf8')));
    const report = broken.map(({ path, line, rule, cure }) => `${path}:${line}: ${rule}. Cure: ${cure}.`);
    expect(report.join('\n')).toBe('');
  });
});
