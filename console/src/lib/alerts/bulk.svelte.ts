/** A change of a whole result: the job that does it, how far it is, and the way back. One at a time for a page. */
import type { Answer, ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { Versioned } from '$lib/api/types.js';
import type { Job } from '#kernel/schema/source.js';
import type { AlertChange } from './actions.svelte.js';

const LOOK_MS = 400;
type Door = Pick<ApiClient, 'get' | 'post' | 'delete'>;

export class BulkRun {
  job = $state.raw<Job>();
  problem = $state.raw<ApiProblem>();
  readonly #door: Door;
  readonly #wait: (ms: number) => Promise<void>;
  #turn = 0;

  constructor(
    door: Door,
    wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    this.#door = door;
    this.#wait = wait;
  }

  get running(): boolean {
    return this.job?.state === 'running';
  }
  /** Figures of a job that has ended. */
  get changed(): number {
    return Number(this.job?.data?.['changed'] ?? this.job?.done ?? 0);
  }
  get skipped(): number {
    return Number(this.job?.data?.['skipped'] ?? 0);
  }

  /** Resolves when the job has been taken on; `ended` is called when it is over. */
  async start(
    filter: Readonly<Record<string, string>>,
    change: AlertChange,
    ended: () => void,
  ): Promise<Answer<unknown>> {
    const answer = await this.#door.post<Versioned<Job>>('/alerts/bulk', { filter, change });
    if (answer.ok) this.#follow(answer.value, ended);
    return answer;
  }

  async undo(ended: () => void): Promise<void> {
    if (!this.job?.undoable) return;
    const answer = await this.#door.post<Versioned<Job>>(`/jobs/${this.job.id}/undo`);
    if (answer.ok) this.#follow(answer.value, ended);
    else this.problem = answer.problem;
  }

  async cancel(): Promise<void> {
    if (!this.job) return;
    const answer = await this.#door.delete(`/jobs/${this.job.id}`);
    if (!answer.ok) this.problem = answer.problem;
  }

  close(): void {
    this.#turn += 1;
    this.job = undefined;
    this.problem = undefined;
  }

  #follow(job: Job, ended: () => void): void {
    const turn = ++this.#turn;
    this.job = job;
    this.problem = undefined;
    void (async () => {
      while (turn === this.#turn && this.job?.state === 'running') {
        await this.#wait(LOOK_MS);
        const answer = await this.#door.get<Job>(`/jobs/${job.id}`);
        if (turn !== this.#turn) return;
        if (answer.ok) this.job = answer.value;
        else this.problem = answer.problem;
      }
      ended();
    })();
  }
}
