/** The sources and the jobs that feed them, kept fresh while somebody looks. */
import type { Page } from '#kernel/schema/pieces.js';
import type { Job } from '#kernel/schema/source.js';
import { Load } from '$lib/api/load.svelte.js';
import { server } from '$lib/api/server.js';
import type { SourceRow, Versioned } from '$lib/api/types.js';
import { gather, live } from '$lib/live/live.svelte.js';

const EVERY_MS = 15_000;

export class SourceBoard {
  readonly sources = new Load<Page<SourceRow>>();
  readonly jobs = new Load<Page<Versioned<Job>>>();
  readonly #withJobs: boolean;

  constructor(withJobs: boolean) {
    this.#withJobs = withJobs;
  }

  get running(): readonly Job[] {
    return this.jobs.value?.items.filter((job) => job.state === 'running') ?? [];
  }

  async read(): Promise<void> {
    await Promise.all([
      this.sources.run((signal) => server.get('/sources', undefined, signal)),
      this.#withJobs && this.jobs.run((signal) => server.get('/jobs', { limit: 5 }, signal)),
    ]);
  }

  /** Reads now, on every hint, and now and then (counters change without one), until the returned function is called. */
  follow(): () => void {
    void this.read();
    const later = gather(700, () => void this.read());
    const stop = live.listen(['source.changed', 'job.progressed'], later.poke, later.poke);
    const timer = setInterval(() => document.visibilityState === 'visible' && void this.read(), EVERY_MS);
    return () => {
      stop();
      later.stop();
      clearInterval(timer);
    };
  }
}
