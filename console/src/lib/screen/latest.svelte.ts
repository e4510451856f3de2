/** The newest alerts, read anew on hints. */
import type { AlertRow } from '$lib/api/types.js';
import type { Page } from '#kernel/schema/pieces.js';
import { Load } from '$lib/api/load.svelte.js';
import { server } from '$lib/api/server.js';
import { gather, live } from '$lib/live/live.svelte.js';

export class LatestAlerts {
  readonly list = new Load<Page<AlertRow>>();

  /** Until the returned function is called. */
  follow(count: number): () => void {
    const read = () =>
      void this.list.run((signal) =>
        server.get('/alerts', { status: 'open', sort: 'raisedAt', limit: count }, signal),
      );
    read();
    const later = gather(1500, read);
    const stop = live.listen(['alert.raised', 'alert.changed'], later.poke, later.poke);
    return () => {
      stop();
      later.stop();
      this.list.stop();
    };
  }
}
