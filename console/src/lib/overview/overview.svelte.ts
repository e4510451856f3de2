/** The overview, read anew on hints and now and then, so that it never stands old without saying so. */
import type { Overview } from '#kernel/schema/overview.js';
import type { LedgerCounts } from '#kernel/schema/judgement.js';
import { Load } from '$lib/api/load.svelte.js';
import { server } from '$lib/api/server.js';
import type { StorageAnswer } from '$lib/api/types.js';
import { gather, live } from '$lib/live/live.svelte.js';
import { session } from '$lib/session/session.svelte.js';

const EVERY_MS = 30_000;

export interface LedgerAnswer extends LedgerCounts {
  readonly unaccounted: number;
  readonly frames: readonly {
    readonly judgedThrough: number;
    readonly head: number;
    readonly events: number;
    readonly gaps: readonly unknown[];
    readonly overlaps: readonly unknown[];
  }[];
}

export class OverviewBoard {
  readonly now = new Load<Overview>();
  readonly ledger = new Load<LedgerAnswer>();
  readonly storage = new Load<StorageAnswer>();
  hours = $state<24 | 168>(24);

  async read(): Promise<void> {
    await Promise.all([
      this.now.run((signal) => server.get('/overview', { hours: this.hours }, signal)),
      session.can('rules:read') && this.ledger.run((signal) => server.get('/ledger', undefined, signal)),
      session.can('storage:read') && this.storage.run((signal) => server.get('/storage', undefined, signal)),
    ]);
  }

  /** Until the returned function is called. A hint is answered within three seconds, many of them by one reading. */
  follow(): () => void {
    void this.read();
    const later = gather(3000, () => void this.read());
    const stop = live.listen(
      ['alert.raised', 'alert.changed', 'incident.changed', 'source.changed'],
      later.poke,
      later.poke,
    );
    const timer = setInterval(() => void this.read(), EVERY_MS);
    return () => {
      stop();
      later.stop();
      clearInterval(timer);
      for (const load of [this.now, this.ledger, this.storage]) load.stop();
    };
  }
}
