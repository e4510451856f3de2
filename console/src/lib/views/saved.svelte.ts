/** Lists under a name that follow their user: kept on the server, shared if wished. */
import type { Answer } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import { Load } from '$lib/api/load.svelte.js';
import type { Versioned } from '$lib/api/types.js';
import type { SavedView } from '#kernel/schema/queue.js';

export type View = Versioned<SavedView>;

/** A page whose list can be kept: its path, and the address parameters that are kept. */
export interface ViewPlace {
  readonly place: SavedView['place'];
  readonly path: string;
  readonly kept: readonly string[];
}

export const SEARCHES: ViewPlace = { place: 'events', path: '/events', kept: ['q', 'from', 'to', 'columns'] };

export function keptOf({ kept }: ViewPlace, params: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    kept.flatMap((name) => (params.get(name) ? [[name, params.get(name) ?? '']] : [])),
  );
}

export function hrefOf({ kept, path }: ViewPlace, { parameters }: Pick<SavedView, 'parameters'>): string {
  const params = new URLSearchParams();
  for (const name of kept) if (parameters[name]) params.set(name, parameters[name]);
  return `${path}${params.size ? `?${params}` : ''}`;
}

export class SavedViews {
  readonly list = new Load<{ readonly items: readonly View[] }>();
  readonly #door: ApiClient;
  readonly #place: SavedView['place'];

  constructor(door: ApiClient, { place }: ViewPlace) {
    this.#door = door;
    this.#place = place;
  }

  get items(): readonly View[] {
    return this.list.value?.items ?? [];
  }

  read(): Promise<unknown> {
    return this.list.run((signal) => this.#door.get('/views', { place: this.#place }, signal));
  }

  async save(name: string, parameters: Record<string, string>, shared: boolean): Promise<Answer<View>> {
    const answer = await this.#door.post<View>('/views', { place: this.#place, name, parameters, shared });
    if (answer.ok) await this.read();
    return answer;
  }

  async remove(view: View): Promise<Answer<unknown>> {
    const answer = await this.#door.delete(`/views/${view.id}`);
    await this.read();
    return answer;
  }
}
