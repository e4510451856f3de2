/** The page's key registry, and how components take part in it. */
import { getContext, setContext } from 'svelte';
import { m } from '$lib/paraglide/messages.js';
import { KeyRegistry, showChord, type Binding } from './keys.js';

export const keys = new KeyRegistry();
const LAYER = Symbol('key layer');

interface LayerBox {
  id: symbol;
}

/** The layer of the component that asks, read during its initialisation. */
export function currentLayer(): LayerBox {
  return getContext<LayerBox | undefined>(LAYER) ?? { id: keys.base };
}

/** Gives the components below a layer of their own while `open()` holds. */
export function provideLayer(open: () => boolean): void {
  const box = $state<LayerBox>({ id: keys.base });
  setContext(LAYER, box);
  $effect.pre(() => {
    if (!open()) return;
    const layer = keys.push();
    box.id = layer.id;
    return () => layer.pop();
  });
}

/** Binds while the component lives and the function returns a binding. */
export function useKey(binding: () => Binding | undefined): void {
  const layer = currentLayer();
  $effect(() => {
    const now = binding();
    if (now) return keys.bind(layer.id, now);
  });
}

/** Keys of a list with a cursor: up and down, and opening what it stands on. */
export function useListKeys(move: (by: number) => void, open: () => void): void {
  useKey(() => ({ chord: 'j', label: () => m.keys_down(), run: () => move(1) }));
  useKey(() => ({ chord: 'k', label: () => m.keys_up(), run: () => move(-1) }));
  useKey(() => ({ chord: 'arrowdown', label: () => '', run: () => move(1) }));
  useKey(() => ({ chord: 'arrowup', label: () => '', run: () => move(-1) }));
  useKey(() => ({ chord: 'enter', label: () => m.keys_open(), run: open }));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement &&
        !['checkbox', 'radio', 'button', 'submit'].includes(target.type)))
  );
}

/** The one listener of the page. Enter and space on a button or link stay theirs. */
export function onKeyDown(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented || event.repeat) {
    if (!(event.repeat && ['j', 'k'].includes(event.key))) return;
  }
  const own =
    event.target instanceof HTMLElement && event.target.closest('button, a[href], summary, [role^=menuitem]');
  if (own && (event.key === 'Enter' || event.key === ' ') && !event.ctrlKey && !event.metaKey) return;
  if (keys.handle(event, isTyping(event.target), event.timeStamp)) event.preventDefault();
}

const apple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
export const shownChord = (chord: string) => showChord(chord, apple);
