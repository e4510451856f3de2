/** The colours hold WCAG 2.2 AA in every theme, AAA in high contrast; and nothing but the tokens is a colour. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contrastOf, DRAWN_PAIRS, leastOf, PALETTES, TEXT_PAIRS, tokensOf } from './contrast.js';

const css = readFileSync('src/tokens.css', 'utf8');

it('contrast is reckoned as WCAG says', () => {
  expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.478, 3);
  expect(contrastOf('#ffffff', '#ffffff')).toBe(1);
});

describe.each(PALETTES)('the palette %s', (palette) => {
  const tokens = tokensOf(css, palette);
  const failing = (pairs: readonly (readonly [string, string])[], least: number) =>
    pairs.flatMap(([one, other]) => {
      const [a, b] = [tokens.get(one), tokens.get(other)];
      if (!a || !b) return [`${one} or ${other} is missing`];
      const found = contrastOf(a, b);
      return found < least ? [`${one} on ${other}: ${found.toFixed(2)}, wanted ${least}`] : [];
    });
  it('is complete', () =>
    expect([...tokens.keys()].sort()).toEqual([...tokensOf(css, 'light').keys()].sort()));
  it('can be read', () => expect(failing(TEXT_PAIRS, leastOf(palette, 'text'))).toEqual([]));
  it('can be seen', () => expect(failing(DRAWN_PAIRS, leastOf(palette, 'drawn'))).toEqual([]));
});

describe('the sources', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:svelte|ts)$/.test(name) && !/paraglide|\.test\.ts$/.test(name))
    .map((name) => ({ name, text: readFileSync(join('src', name), 'utf8') }));
  const breaking = (pattern: RegExp) =>
    files.flatMap(({ name, text }) => [...text.matchAll(pattern)].map(([found]) => `${name}: ${found}`));

  it('have no colour of their own', () =>
    expect(
      breaking(
        /\b(?:text|bg|border|fill|stroke|outline|ring|from|to|via)-(?:\[#|(?:red|orange|amber|yellow|lime|green|teal|cyan|sky|blue|indigo|violet|purple|pink|rose|gray|zinc|slate|stone|neutral|white|black)\b)[\w-]*|['"`]#[0-9a-fA-F]{6}['"`]/g,
      ),
    ).toEqual([]));
  it('stand on the steps of the ladder of layers', () => {
    const steps = ['z-10', 'z-20', 'z-30', 'z-40', 'z-50', 'z-[60]', 'z-[70]'];
    expect(
      breaking(/\bz-(?:\d+|\[\d+\])/g).filter((each) => !steps.includes(each.split(': ')[1] ?? '')),
    ).toEqual([]);
  });
});
