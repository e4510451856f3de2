/** Keyboard actions: chords, two-key sequences, and layers, so that a dialog's keys hide those of the page below. */

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export interface Binding {
  /** `a`, `shift+x`, `mod+enter`, `?`, `escape`, or a sequence such as `g a`. */
  readonly chord: string;
  /** What it does, for the key sheet; read when the sheet opens. */
  readonly label: () => string;
  readonly run: () => void;
}

/** Punctuation as Chinese input methods type it, and what the key means. */
const FULL_WIDTH: Readonly<Record<string, string>> = {
  '。': '.',
  '？': '?',
  '【': '[',
  '】': ']',
  '、': '/',
  '／': '/',
  '「': '[',
  '」': ']',
};

/** The chord of a key press; empty where it can be none (Alt belongs to the system). */
export function chordOf(press: KeyPress): string {
  if (press.altKey || ['Shift', 'Control', 'Meta', 'Alt', 'Process', 'Dead'].includes(press.key)) return '';
  const raw = FULL_WIDTH[press.key] ?? press.key;
  const key = raw === ' ' ? 'space' : raw.toLowerCase();
  const letter = /^[a-z]$/.test(key) || key.length > 1;
  const shift = press.shiftKey && letter ? 'shift+' : '';
  return `${press.ctrlKey || press.metaKey ? 'mod+' : ''}${shift}${key}`;
}

const SEQUENCE_MS = 1500;

export class KeyRegistry {
  readonly #layers: { id: symbol; bindings: Binding[] }[] = [{ id: Symbol('page'), bindings: [] }];
  #prefix: { key: string; atMs: number } | undefined;

  get base(): symbol {
    return this.#layers[0]!.id;
  }

  /** A layer above all others until the returned function is called. */
  push(): { id: symbol; pop: () => void } {
    const layer = { id: Symbol('layer'), bindings: [] };
    this.#layers.push(layer);
    return {
      id: layer.id,
      pop: () => {
        const at = this.#layers.indexOf(layer);
        if (at > 0) this.#layers.splice(at, 1);
      },
    };
  }

  /** The last one bound to a chord has it. A layer that is gone takes nothing. */
  bind(layer: symbol, binding: Binding): () => void {
    const bindings = this.#layers.find((one) => one.id === layer)?.bindings;
    bindings?.push(binding);
    return () => {
      const at = bindings?.indexOf(binding) ?? -1;
      if (at >= 0) bindings?.splice(at, 1);
    };
  }

  /** What the keys do now; each chord once. */
  list(layer: symbol = this.#top.id): Binding[] {
    const bindings = this.#layers.find((one) => one.id === layer)?.bindings ?? [];
    return [...new Map(bindings.map((binding) => [binding.chord, binding])).values()];
  }

  /**
   * Runs what the press means; true if something ran or a sequence began. While a person types in a field only chords
   * with `mod+` and `escape` count. `nowMs` is any clock that goes forward.
   */
  handle(press: KeyPress, typing: boolean, nowMs: number): boolean {
    const chord = chordOf(press);
    if (!chord || (typing && !chord.startsWith('mod+') && chord !== 'escape')) return false;
    const prefix = this.#prefix && nowMs - this.#prefix.atMs <= SEQUENCE_MS ? this.#prefix.key : undefined;
    this.#prefix = undefined;
    const { bindings } = this.#top;
    const found =
      (prefix && bindings.findLast((one) => one.chord === `${prefix} ${chord}`)) ||
      bindings.findLast((one) => one.chord === chord);
    if (found) {
      found.run();
      return true;
    }
    if (bindings.some((one) => one.chord.startsWith(`${chord} `))) {
      this.#prefix = { key: chord, atMs: nowMs };
      return true;
    }
    return false;
  }

  get #top() {
    return this.#layers[this.#layers.length - 1]!;
  }
}

/** A chord as it stands on a button. */
export function showChord(chord: string, apple: boolean): string {
  return chord
    .split(' ')
    .map((part) =>
      part
        .replace(/(?<=\+)[a-z]$/, (letter) => letter.toUpperCase())
        .replace('mod+', apple ? '⌘' : 'Ctrl ')
        .replace('shift+', '⇧')
        .replace('enter', '⏎')
        .replace('escape', 'Esc'),
    )
    .join(' ');
}
