/** WCAG contrast of two colours, and the tokens of each theme as tokens.css gives them. */

/** Relative luminance of `#rrggbb`. */
function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** 1 to 21. */
export function contrastOf(one: string, other: string): number {
  const [a, b] = [luminanceOf(one), luminanceOf(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

export const PALETTES = ['light', 'dark', 'light-more', 'dark-more'] as const;
export type Palette = (typeof PALETTES)[number];

/** The rules of tokens.css that make up each palette, later ones over earlier ones. */
const RULES: Record<Palette, readonly string[]> = {
  light: [':root'],
  dark: [':root', "[data-theme='dark']"],
  'light-more': [':root', "[data-contrast='more']"],
  'dark-more': [
    ':root',
    "[data-theme='dark']",
    "[data-contrast='more']",
    "[data-theme='dark'][data-contrast='more']",
  ],
};

/** Every colour of a palette by its name, without the dashes. Colours of the system (contrast themes) are not ours. */
export function tokensOf(css: string, palette: Palette): ReadonlyMap<string, string> {
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}/g, '');
  const found = new Map<string, string>();
  for (const rule of RULES[palette])
    for (const [, selector = '', body = ''] of plain.matchAll(/([^{}]+)\{([^{}]*)\}/g))
      if (selector.trim() === rule)
        for (const [, name = '', value = ''] of body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\s*;/g))
          found.set(name, value);
  return found;
}

export const SURFACES = ['paper', 'sheet', 'well', 'sel', 'hover'] as const;
const GRADE_NUMBERS = [1, 2, 3, 4];

/** What is read, on what: 4.5 : 1 at least, 7 : 1 in high contrast. */
export const TEXT_PAIRS: readonly (readonly [string, string])[] = [
  ...['ink', 'ink-2', 'ink-3', 'fire', 'ok'].flatMap((text) => SURFACES.map((on) => [text, on] as const)),
  ['ink', 'hit'],
  ...['ink', 'ink-2', 'ink-3', 'fire'].map((text) => [text, 'fire-soft'] as const),
  ['ok', 'ok-soft'],
  ['paper', 'ink'],
  ...GRADE_NUMBERS.map((n) => [`grade-${n}-on`, `grade-${n}`] as const),
];

/** What is seen and means something, on what: 3 : 1 at least, 4.5 : 1 in high contrast. */
export const DRAWN_PAIRS: readonly (readonly [string, string])[] = [
  'focus',
  'edge',
  'bar',
  'ink',
  'fire',
  ...GRADE_NUMBERS.map((n) => `grade-${n}-edge`),
].flatMap((drawn) => SURFACES.map((on) => [drawn, on] as const));

export function leastOf(palette: Palette, kind: 'text' | 'drawn'): number {
  const more = palette.endsWith('-more');
  return kind === 'text' ? (more ? 7 : 4.5) : more ? 4.5 : 3;
}
