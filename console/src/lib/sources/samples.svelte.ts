/** The recordings that come along: what of them is loaded, and loading and removing them. */
import type { ApiProblem } from '$lib/api/answer.js';
import { Load } from '$lib/api/load.svelte.js';
import { server } from '$lib/api/server.js';
import type { Recording } from '$lib/api/types.js';
import { gather, live } from '$lib/live/live.svelte.js';

export class Samples {
  readonly list = new Load<readonly Recording[]>();
  /** Recordings that a request is on its way for. */
  busy = $state.raw<ReadonlySet<string>>(new Set());
  problem = $state.raw<ApiProblem>();

  get loaded(): readonly Recording[] {
    return this.list.value?.filter(({ loaded }) => loaded !== undefined) ?? [];
  }

  get rest(): readonly Recording[] {
    return this.list.value?.filter(({ loaded }) => loaded === undefined) ?? [];
  }

  async read(): Promise<void> {
    await this.list.run((signal) => server.get('/recordings', undefined, signal));
  }

  /** Reads now and on every hint, until the returned function is called. */
  follow(): () => void {
    void this.read();
    const later = gather(500, () => void this.read());
    const stop = live.listen(
      ['job.progressed', 'source.changed', 'alert.raised', 'alert.changed'],
      later.poke,
      later.poke,
    );
    return () => {
      stop();
      later.stop();
      this.list.stop();
    };
  }

  /** Plays them as if their first event were now. */
  load(which: readonly Recording[]): Promise<void> {
    return this.#each(which, (id) => server.post(`/recordings/${id}/replay`, { shift: 'now' }));
  }

  remove(which: readonly Recording[]): Promise<void> {
    return this.#each(which, (id) => server.delete(`/recordings/${id}`));
  }

  async #each(
    which: readonly Recording[],
    ask: (id: string) => Promise<{ ok: true } | { ok: false; problem: ApiProblem }>,
  ): Promise<void> {
    this.problem = undefined;
    this.busy = new Set(which.map(({ id }) => id));
    for (const { id } of which) {
      const answer = await ask(encodeURIComponent(id));
      if (!answer.ok) this.problem = answer.problem;
    }
    this.busy = new Set();
    await this.read();
  }
}
