/** One thing being read: its value, its problem, and whether it is on its way. The latest call wins. */
import type { Answer, ApiProblem } from './answer.js';

export class Load<T> {
  value = $state.raw<T | undefined>(undefined);
  problem = $state.raw<ApiProblem | undefined>(undefined);
  loading = $state(false);
  #abort: AbortController | undefined;

  /** True before anything has come. */
  get first(): boolean {
    return this.loading && this.value === undefined;
  }

  /** Keeps the old value while the new one comes; after a problem too, so that a page does not go blank. */
  async run(read: (signal: AbortSignal) => Promise<Answer<T>>): Promise<T | undefined> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    const answer = await read(abort.signal);
    if (abort.signal.aborted) return undefined;
    this.loading = false;
    if (answer.ok) {
      this.value = answer.value;
      this.problem = undefined;
      return answer.value;
    }
    this.problem = answer.problem;
    return undefined;
  }

  stop(): void {
    this.#abort?.abort();
    this.loading = false;
  }

  clear(): void {
    this.stop();
    this.value = undefined;
    this.problem = undefined;
  }
}
