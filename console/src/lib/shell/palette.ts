/** What the palette offers for a text: places, what the page can do now, and what the server found. */
import type { Binding } from '$lib/kit/keys.js';
import { placesFor } from './navigation.js';

export interface Choice {
  readonly id: string;
  readonly group: 'found' | 'do' | 'go' | 'logs';
  readonly label: string;
  /** Small, after the label. */
  readonly note?: string;
  readonly chord?: string;
  readonly run: () => void;
}

/** True if the label has every word of the text, in any order. */
export function fits(text: string, label: string): boolean {
  const where = label.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word));
}

/** Keys that mean nothing without the place they were pressed at, or that open the palette itself. */
const NOT_A_COMMAND = new Set([
  'j',
  'k',
  'arrowdown',
  'arrowup',
  'enter',
  'mod+k',
  '/',
  'escape',
  'x',
  'shift+x',
]);

export function commands(bindings: readonly Binding[], text: string): Choice[] {
  return bindings.flatMap((binding) => {
    const label = binding.label();
    if (!label || binding.chord.startsWith('g ') || NOT_A_COMMAND.has(binding.chord) || !fits(text, label))
      return [];
    return [
      { id: `do ${binding.chord}`, group: 'do' as const, label, chord: binding.chord, run: binding.run },
    ];
  });
}

export function places(
  can: (permission: string) => boolean,
  text: string,
  nameOf: (key: string) => string,
  go: (path: string) => void,
): Choice[] {
  return placesFor(can)
    .map(({ path, name, chord }) => ({
      ...{ id: `go ${path}`, group: 'go' as const, label: nameOf(name), chord },
      run: () => go(path),
    }))
    .filter(({ label }) => fits(text, label));
}
