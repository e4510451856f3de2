/** Rule titles and descriptions in the language of the page, for places that hold only the id or an alert. */
import { server } from '$lib/api/server.js';
import type { RulePage } from '$lib/api/types.js';
import { getLocale } from '$lib/paraglide/runtime.js';
import { session } from '$lib/session/session.svelte.js';
import { descriptionIn, titleIn } from './title.js';

interface AlertLike {
  readonly title: string;
  readonly rule: { readonly id: string; readonly title: string };
}

class RuleTitles {
  #titles = $state.raw<ReadonlyMap<string, string>>(new Map());
  #descriptions = $state.raw<ReadonlyMap<string, string>>(new Map());
  #asked = false;

  of = (id: string): string => this.#titles.get(id) ?? id;

  /** What the rule says it finds; undefined where it says nothing or the reader may not see rules. */
  descriptionOf = (id: string): string | undefined => this.#descriptions.get(id);

  /** An alert that bears its rule's title is shown by the title in the reader's language. */
  ofAlert = ({ title, rule }: AlertLike): string =>
    title === rule.title ? (this.#titles.get(rule.id) ?? title) : title;

  /** Reads them once, when the first page wants them. */
  async read(): Promise<void> {
    if (this.#asked || !session.can('rules:read')) return;
    this.#asked = true;
    const answer = await server.get<RulePage>('/rules', { limit: 10_000 });
    if (!answer.ok) {
      this.#asked = false;
      return;
    }
    const { items } = answer.value;
    this.#titles = new Map(items.map((rule) => [rule.id, titleIn(rule, getLocale())]));
    this.#descriptions = new Map(items.map((rule) => [rule.id, descriptionIn(rule, getLocale()) ?? '']));
  }
}

export const ruleTitles = new RuleTitles();
