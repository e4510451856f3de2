/** One search over the events: page, histogram and top values, all of the same question. */
import type { Event } from '#kernel/event.js';
import type { ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import { Load } from '$lib/api/load.svelte.js';
import type { EventPageAnswer, HistogramAnswer, TermsAnswer } from '$lib/api/types.js';
import type { TimeRange } from './range.js';

const PAGE_SIZE = 100;
const BUCKETS = 60;

export interface Question {
  readonly q: string;
  readonly range: TimeRange;
}

export class EventSearch {
  rows = $state.raw<readonly Event[]>([]);
  total = $state(0);
  totalExact = $state(true);
  loading = $state(true);
  loadingMore = $state(false);
  problem = $state.raw<ApiProblem | undefined>(undefined);
  readonly histogram = new Load<HistogramAnswer>();
  readonly terms = new Load<TermsAnswer>();
  /** The path whose top values are shown; empty: none. */
  path = $state('');
  #next = $state.raw<string | null>(null);
  #question: Question | undefined;
  #turn = 0;
  readonly #door: Pick<ApiClient, 'get'>;

  constructor(door: Pick<ApiClient, 'get'>) {
    this.#door = door;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  async ask(question: Question): Promise<void> {
    const turn = ++this.#turn;
    this.#question = question;
    this.loading = true;
    const fields = this.#fields(question);
    void this.histogram.run((signal) =>
      this.#door.get('/events/histogram', { ...fields, buckets: BUCKETS }, signal),
    );
    void this.#readTerms();
    const answer = await this.#door.get<EventPageAnswer>('/events/search', { ...fields, limit: PAGE_SIZE });
    if (turn !== this.#turn) return;
    this.loading = false;
    if (!answer.ok) {
      // What was found before stays in view while the query is being mended.
      this.problem = answer.problem;
      return;
    }
    this.problem = undefined;
    this.rows = answer.value.items;
    this.total = answer.value.total;
    this.totalExact = answer.value.totalExact;
    this.#next = answer.value.next;
  }

  async more(): Promise<void> {
    if (!this.#next || !this.#question || this.loadingMore) return;
    const turn = this.#turn;
    this.loadingMore = true;
    const answer = await this.#door.get<EventPageAnswer>('/events/search', {
      ...this.#fields(this.#question),
      limit: PAGE_SIZE,
      cursor: this.#next,
    });
    this.loadingMore = false;
    if (turn !== this.#turn) return;
    if (!answer.ok) {
      this.problem = answer.problem;
      return;
    }
    this.rows = [...this.rows, ...answer.value.items];
    this.#next = answer.value.next;
  }

  async showTerms(path: string): Promise<void> {
    this.path = path;
    await this.#readTerms();
  }

  async #readTerms(): Promise<void> {
    const question = this.#question;
    if (!this.path || !question) return;
    await this.terms.run((signal) =>
      this.#door.get('/events/terms', { ...this.#fields(question), path: this.path, size: 10 }, signal),
    );
  }

  #fields({ q, range }: Question) {
    return { q: q.trim(), from: range.from, to: range.to };
  }
}
