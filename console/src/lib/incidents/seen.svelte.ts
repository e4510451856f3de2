/** What a dialog's reader saw when it opened, and what others did since: a change names the version that was seen. */
import { untrack } from 'svelte';
import type { TimelineEntry } from '#kernel/schema/alert.js';
import type { ApiProblem } from '$lib/api/answer.js';
import type { IncidentDetail } from '$lib/api/types.js';
import type { IncidentWork } from './incident.svelte.js';

type Source = Pick<IncidentWork, 'incident' | 'timeline'>;

export class SeenIncident {
  /** As it was at the opening, or at the last refused try: then it stood beside the form. */
  base = $state.raw<IncidentDetail | undefined>(undefined);
  overtaken = $state(false);
  /** What others did between the opening and the last refused try. */
  news = $state.raw<readonly TimelineEntry[]>([]);
  #known: ReadonlySet<string> = new Set();
  readonly #work: () => Source;

  constructor(work: () => Source) {
    this.#work = work;
  }

  open(): void {
    this.base = this.#work().incident;
    this.overtaken = false;
    this.news = [];
    this.#remember();
  }
  close(): void {
    this.base = undefined;
    this.overtaken = false;
    this.news = [];
  }

  /** On a conflict the newer state is put beside the form, and the next try is made in knowledge of it. */
  async send(call: (version: number) => Promise<ApiProblem | undefined>): Promise<ApiProblem | undefined> {
    if (!this.base) return undefined;
    const problem = await call(this.base.version);
    if (problem?.code === 'conflict') {
      const { incident, timeline } = this.#work();
      this.news = timeline.filter(({ id }) => !this.#known.has(id));
      this.overtaken = true;
      this.base = incident;
      this.#remember();
    }
    return problem;
  }

  #remember(): void {
    this.#known = new Set(this.#work().timeline.map(({ id }) => id));
  }
}

/** For a component: follows its dialog's opening and closing. */
export function seenWhile(open: () => boolean, work: () => Source): SeenIncident {
  const seen = new SeenIncident(work);
  $effect.pre(() => {
    if (open()) untrack(() => seen.open());
    else untrack(() => seen.close());
  });
  return seen;
}
