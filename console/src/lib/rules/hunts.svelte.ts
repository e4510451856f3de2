/** The retro-hunts of one rule: those there are, the one that runs, and a new one. */
import type { Answer, ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { HuntRow } from '$lib/api/types.js';
import type { Page } from '#kernel/schema/pieces.js';

const LOOK_MS = 700;
type Door = Pick<ApiClient, 'get' | 'post' | 'delete'>;

export class RuleHunts {
  items = $state.raw<readonly HuntRow[]>([]);
  problem = $state.raw<ApiProblem>();
  readonly #door: Door;
  readonly #wait: (ms: number) => Promise<void>;
  #rule = '';
  #turn = 0;

  constructor(
    door: Door,
    wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    this.#door = door;
    this.#wait = wait;
  }

  get running(): HuntRow | undefined {
    return this.items.find(({ progress }) => progress.state === 'running');
  }

  /** Reads those of a rule, and goes on reading while one runs; another call ends this one. */
  async follow(rule: string): Promise<void> {
    if (rule !== this.#rule) this.items = [];
    this.#rule = rule;
    const turn = ++this.#turn;
    do {
      const answer = await this.#door.get<Page<HuntRow>>(`/rules/${encodeURIComponent(rule)}/hunts`);
      if (turn !== this.#turn) return;
      this.problem = answer.ok ? undefined : answer.problem;
      if (!answer.ok) return;
      this.items = answer.value.items;
      if (this.running) await this.#wait(LOOK_MS);
    } while (turn === this.#turn && this.running);
  }

  /** Over the last days up to now. */
  async start(days: number): Promise<Answer<unknown>> {
    const path = `/rules/${encodeURIComponent(this.#rule)}/hunts`;
    const answer = await this.#door.post<HuntRow>(path, { from: `now-${days}d` });
    if (answer.ok) void this.follow(this.#rule);
    return answer;
  }

  async end(id: string): Promise<Answer<unknown>> {
    const answer = await this.#door.delete(`/hunts/${id}`);
    void this.follow(this.#rule);
    return answer;
  }

  /** Nobody looks any more. */
  stop(): void {
    this.#turn += 1;
  }
}
