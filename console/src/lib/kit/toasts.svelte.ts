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
const MOST = 4;

class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;

  say(text: string, undo?: () => void): void {
    const id = this.#push({ text, bad: false, ...(undo && { undo }) });
    setTimeout(() => this.close(id), SHOWN_MS);
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
