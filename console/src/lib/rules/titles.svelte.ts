/** Rule titles by id, in the language of the page, for places that hold only the id. */
import { server } from '$lib/api/server.js';
import type { RulePage } from '$lib/api/types.js';
import { getLocale } from '$lib/paraglide/runtime.js';
import { session } from '$lib/session/session.svelte.js';
import { titleIn } from './title.js';

class RuleTitles {
  #titles = $state.raw<ReadonlyMap<string, string>>(new Map());

  of = (id: string): string => this.#titles.get(id) ?? id;

  async read(): Promise<void> {
    if (this.#titles.size > 0 || !session.can('rules:read')) return;
    const answer = await server.get<RulePage>('/rules', { limit: 1000 });
    if (answer.ok)
      this.#titles = new Map(answer.value.items.map((rule) => [rule.id, titleIn(rule, getLocale())]));
  }
}

export const ruleTitles = new RuleTitles();
