/** Light, dark, or what the system says. */
import { readStored, writeStored } from '$lib/text/clock.svelte.js';

export type ThemeChoice = 'system' | 'light' | 'dark';
const STORED = 'fenghuo_theme';

class Theme {
  choice = $state<ThemeChoice>('system');
  #systemDark = $state(false);

  constructor() {
    if (typeof window === 'undefined') return;
    const stored = readStored(STORED);
    if (stored === 'light' || stored === 'dark') this.choice = stored;
    const media = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = media.matches;
    media.addEventListener('change', () => {
      this.#systemDark = media.matches;
      this.#apply();
    });
  }

  get dark(): boolean {
    return this.choice === 'dark' || (this.choice === 'system' && this.#systemDark);
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    writeStored(STORED, choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
  }
}

export const theme = new Theme();
