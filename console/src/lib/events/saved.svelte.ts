/** Searches that follow their user: saved on the server, shared if wished. */
import type { Answer } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import { Load } from '$lib/api/load.svelte.js';
import type { Versioned } from '$lib/api/types.js';
import type { Page } from '#kernel/schema/pieces.js';
import type { SavedView } from '#kernel/schema/queue.js';

export type SavedSearch = Versioned<SavedView>;

/** Address parameters that a saved search keeps. */
const KEPT = ['q', 'from', 'to', 'columns'] as const;

export function keptOf(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => (params.get(name) ? [[name, params.get(name) ?? '']] : [])),
  );
}

export function hrefOf({ parameters }: Pick<SavedView, 'parameters'>): string {
  const params = new URLSearchParams();
  for (const name of KEPT) if (parameters[name]) params.set(name, parameters[name]);
  return `/events${params.size ? `?${params}` : ''}`;
}

export class SavedSearches {
  readonly list = new Load<Page<SavedSearch>>();
  readonly #door: ApiClient;

  constructor(door: ApiClient) {
    this.#door = door;
  }

  read(): Promise<unknown> {
    return this.list.run((signal) => this.#door.get('/views', { place: 'events' }, signal));
  }

  async save(
    name: string,
    parameters: Record<string, string>,
    shared: boolean,
  ): Promise<Answer<SavedSearch>> {
    const answer = await this.#door.post<SavedSearch>('/views', {
      place: 'events',
      name,
      parameters,
      shared,
    });
    if (answer.ok) await this.read();
    return answer;
  }

  async remove(view: SavedSearch): Promise<Answer<unknown>> {
    const answer = await this.#door.delete(`/views/${view.id}`);
    await this.read();
    return answer;
  }
}
