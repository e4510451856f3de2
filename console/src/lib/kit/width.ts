/** Widths at which a page is laid out otherwise than by style alone. Reactive where it is read. */
import { innerWidth } from 'svelte/reactivity/window';

/** CSS pixels; before the window is known a wide one is taken. */
export function isNarrowerThan(width: number): boolean {
  return (innerWidth.current ?? 1600) < width;
}

export function isPhone(): boolean {
  return isNarrowerThan(640);
}
