/**
 * How this browser shows the console: theme, contrast and density; the person's choice, else the system's.
 * The boot script of `app.html` does the same before the first paint: they change together.
 */
import { readStored, writeStored } from '$lib/text/clock.svelte.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const CONTRASTS = ['system', 'usual', 'more'] as const;
export type Contrast = (typeof CONTRASTS)[number];
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

/** Where each is kept, and what the system says. */
export const STORED = { theme: 'fenghuo_theme', contrast: 'fenghuo_contrast', density: 'fenghuo_density' };
const DARK = '(prefers-color-scheme: dark)';
const MORE = '(prefers-contrast: more), (forced-colors: active)';
/** Height of a row of two lines in rem, as `--row` in tokens.css, for those who place rows by reckoning. */
const ROW_REM: Record<Density, number> = { comfortable: 2.75, compact: 2.25 };

const oneOf = <T extends string>(list: readonly T[], value: string | null): T | undefined =>
  list.find((one) => one === value);

class Appearance {
  theme = $state<Theme>('system');
  contrast = $state<Contrast>('system');
  density = $state<Density>('comfortable');
  #systemDark = $state(false);
  #systemMore = $state(false);
  #rootPx = $state(16);

  constructor() {
    if (typeof window === 'undefined') return;
    this.theme = oneOf(THEMES, readStored(STORED.theme)) ?? 'system';
    this.contrast = oneOf(CONTRASTS, readStored(STORED.contrast)) ?? 'system';
    this.density = oneOf(DENSITIES, readStored(STORED.density)) ?? 'comfortable';
    const dark = matchMedia(DARK);
    const more = matchMedia(MORE);
    const follow = () => {
      this.#systemDark = dark.matches;
      this.#systemMore = more.matches;
      this.#apply();
    };
    for (const media of [dark, more]) media.addEventListener('change', follow);
    const measure = () =>
      (this.#rootPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
    window.addEventListener('resize', measure);
    measure();
    follow();
  }

  get dark(): boolean {
    return this.theme === 'dark' || (this.theme === 'system' && this.#systemDark);
  }
  get more(): boolean {
    return this.contrast === 'more' || (this.contrast === 'system' && this.#systemMore);
  }
  /** Height of a row of two lines in CSS pixels. */
  get rowPx(): number {
    return ROW_REM[this.density] * this.#rootPx;
  }
  /** What colours depend on: a drawing outside CSS reads its tokens anew when this changes. */
  get palette(): string {
    return `${this.dark ? 'dark' : 'light'}${this.more ? '-more' : ''}`;
  }

  chooseTheme(theme: Theme): void {
    this.theme = theme;
    this.#keep(STORED.theme, theme);
  }
  chooseContrast(contrast: Contrast): void {
    this.contrast = contrast;
    this.#keep(STORED.contrast, contrast);
  }
  chooseDensity(density: Density): void {
    this.density = density;
    this.#keep(STORED.density, density);
  }

  #keep(name: string, value: string): void {
    writeStored(name, value);
    this.#apply();
  }
  #apply(): void {
    const { dataset } = document.documentElement;
    dataset['theme'] = this.dark ? 'dark' : 'light';
    dataset['contrast'] = this.more ? 'more' : 'usual';
    dataset['density'] = this.density;
  }
}

export const appearance = new Appearance();
