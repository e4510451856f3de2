import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findGrammars, generate, generatedPath } from '../../scripts/grammars.mjs';

describe('generated parsers', () => {
  it.each(findGrammars())('%s is fresh', (path: string) => {
    expect(readFileSync(generatedPath(path), 'utf8'), 'stale: run `npm run grammars`').toBe(generate(path));
  });
});
