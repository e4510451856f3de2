/** The queue's kept views with their live counts, for the rail and the queue's own menu. */
import { QUEUE_VIEWS } from '$lib/alerts/filters.js';
import { server } from '$lib/api/server.js';
import { gather, live } from '$lib/live/live.svelte.js';
import { session } from '$lib/session/session.svelte.js';
import { SavedViews } from '$lib/views/saved.svelte.js';

const GATHER_MS = 3_000;

class QueueViews extends SavedViews {
  counts = $state.raw<ReadonlyMap<string, number | null>>(new Map());

  /** Only who has kept a view asks for counts. */
  async count(): Promise<void> {
    if (this.items.length === 0) return;
    const answer = await server.get<{ items: { id: string; total: number | null }[] }>('/views/counts');
    if (answer.ok) this.counts = new Map(answer.value.items.map(({ id, total }) => [id, total]));
  }

  override async read(): Promise<unknown> {
    const done = await super.read();
    await this.count();
    return done;
  }

  /** Keeps them fresh until the returned function is called. */
  follow(): () => void {
    if (!session.can('alerts:read')) return () => {};
    const later = gather(GATHER_MS, () => void this.count());
    void this.read();
    const stop = live.listen(['alert.raised', 'alert.changed'], later.poke, later.poke);
    return () => {
      stop();
      later.stop();
    };
  }
}

export const queueViews = new QueueViews(server, QUEUE_VIEWS);
