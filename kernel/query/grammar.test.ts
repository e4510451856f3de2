import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findGrammars, generate, generatedPath } from '../../scripts/grammars.mjs';

describe('generated parsers', () => {
  it.each(findGrammars().map((path) => [path]))('%s is fresh', (path) => {
    expect(readFileSync(generatedPath(path), 'utf8'), 'stale: run `npm run grammars`').toBe(generate(path));
  });
});
