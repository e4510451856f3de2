/** Rule titles in the language of the page, for places that hold only the id or an alert. */
import { server } from '$lib/api/server.js';
import type { RulePage } from '$lib/api/types.js';
import { getLocale } from '$lib/paraglide/runtime.js';
import { session } from '$lib/session/session.svelte.js';
import { titleIn } from './title.js';

interface AlertLike {
  readonly title: string;
  readonly rule: { readonly id: string; readonly title: string };
}

class RuleTitles {
  #titles = $state.raw<ReadonlyMap<string, string>>(new Map());
  #asked = false;

  of = (id: string): string => this.#titles.get(id) ?? id;

  /** An alert that bears its rule's title is shown by the title in the reader's language. */
  ofAlert = ({ title, rule }: AlertLike): string =>
    title === rule.title ? (this.#titles.get(rule.id) ?? title) : title;

  /** Reads them once, when the first page wants them. */
  async read(): Promise<void> {
    if (this.#asked || !session.can('rules:read')) return;
    this.#asked = true;
    const answer = await server.get<RulePage>('/rules', { limit: 10_000 });
    if (answer.ok)
      this.#titles = new Map(answer.value.items.map((rule) => [rule.id, titleIn(rule, getLocale())]));
    else this.#asked = false;
  }
}

export const ruleTitles = new RuleTitles();
