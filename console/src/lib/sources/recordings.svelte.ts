/** Titles of recordings in the reader's language, for jobs and sources that keep only the original one. */
import { server } from '$lib/api/server.js';
import type { Recording } from '$lib/api/types.js';
import { getLocale } from '$lib/paraglide/runtime.js';
import { titleIn } from '$lib/rules/title.js';
import { session } from '$lib/session/session.svelte.js';

class RecordingTitles {
  #byTitle = $state.raw<ReadonlyMap<string, string>>(new Map());
  #asked = false;

  of(title: string): string {
    return this.#byTitle.get(title) ?? title;
  }

  async read(): Promise<void> {
    if (this.#asked || !(session.can('replay:run') || session.can('sources:read'))) return;
    this.#asked = true;
    const answer = await server.get<readonly Recording[]>('/recordings');
    if (answer.ok) this.#byTitle = new Map(answer.value.map((one) => [one.title, titleIn(one, getLocale())]));
    else this.#asked = false;
  }
}

export const recordingTitles = new RecordingTitles();
