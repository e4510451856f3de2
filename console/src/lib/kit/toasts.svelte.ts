/** Short messages about what was just done; problems stay until they are closed. */
import type { ApiProblem } from '$lib/api/answer.js';
import { problemText } from '$lib/api/problem-text.js';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly note?: string;
  readonly bad: boolean;
  readonly undo?: () => void;
}

const SHOWN_MS = 6000;
const UNDO_SHOWN_MS = 12_000;
/** How long the last action can be taken back by its key, whether its message is still shown or not. */
export const UNDO_MS = 60_000;
const MOST = 4;

class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  /** The last action that can be taken back. */
  undoable = $state.raw<(() => void) | undefined>(undefined);
  #next = 1;
  #undoTimer: ReturnType<typeof setTimeout> | undefined;

  /** `note`: a second line; `undo` takes the action back, by button or key, for `UNDO_MS`. */
  say(text: string, undo?: () => void, note?: string): void {
    const id = this.#push({ text, bad: false, ...(note && { note }), ...(undo && { undo }) });
    setTimeout(() => this.close(id), undo ? UNDO_SHOWN_MS : SHOWN_MS);
    if (!undo) return;
    clearTimeout(this.#undoTimer);
    this.undoable = undo;
    this.#undoTimer = setTimeout(() => (this.undoable = undefined), UNDO_MS);
  }

  /** Takes the last action back, once. */
  undo(): void {
    const { undoable } = this;
    clearTimeout(this.#undoTimer);
    this.undoable = undefined;
    this.list = this.list.filter((toast) => !toast.undo);
    undoable?.();
  }

  fail(problem: ApiProblem): void {
    const { sentence, remedy } = problemText(problem);
    this.#push({ text: sentence, note: remedy, bad: true });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #push(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    this.list = [...this.list, { ...toast, id }].slice(-MOST);
    return id;
  }
}

export const toasts = new Toasts();
