/** The numbers in the rail: open alerts, mine, nobody's, and fallen ones. */
import { server } from '$lib/api/server.js';
import type { AlertRow, FacetedPage } from '$lib/api/types.js';
import { gather, live } from '$lib/live/live.svelte.js';
import { session } from '$lib/session/session.svelte.js';
import type { Facets } from '$lib/api/types.js';

export interface RailCounts {
  readonly open: number;
  readonly mine: number;
  readonly unassigned: number;
  readonly fallen: number;
  /** Fallen, and attacks that succeeded. */
  readonly burning: number;
}

/** Unassigned is what no person holds: the whole less every assigned one. */
export function countsOf(total: number, facets: Facets | undefined, me: string | undefined): RailCounts {
  const of = (path: string, value: string | undefined) =>
    facets?.[path]?.find((facet) => facet.value === value)?.count ?? 0;
  const assigned = (facets?.assignee ?? []).reduce((sum, facet) => sum + (facet.value ? facet.count : 0), 0);
  return {
    open: total,
    mine: of('assignee', me),
    unassigned: Math.max(0, total - assigned),
    fallen: of('outcome', 'compromised'),
    burning: of('outcome', 'compromised') + of('outcome', 'succeeded'),
  };
}

class RailState {
  counts = $state.raw<RailCounts | undefined>(undefined);

  async read(): Promise<void> {
    if (!session.can('alerts:read')) return;
    const answer = await server.get<FacetedPage<AlertRow>>('/alerts', {
      status: 'open',
      limit: 1,
      facets: 'assignee,outcome',
    });
    if (answer.ok) this.counts = countsOf(answer.value.total, answer.value.facets, session.user?.id);
  }

  /** Keeps them fresh until the returned function is called. */
  follow(): () => void {
    const later = gather(2000, () => void this.read());
    void this.read();
    const stop = live.listen(['alert.raised', 'alert.changed'], later.poke, later.poke);
    return () => {
      stop();
      later.stop();
    };
  }
}

export const rail = new RailState();
