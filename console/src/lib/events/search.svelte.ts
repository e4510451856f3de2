/** One search over the events: page, histogram and fields, all of the same question; slow ones can be stopped. */
import type { Event } from '#kernel/event.js';
import type { ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import { Load } from '$lib/api/load.svelte.js';
import type { EventPageAnswer, FieldsAnswer, HistogramAnswer, TermsAnswer } from '$lib/api/types.js';
import type { TimeRange } from './range.js';

const PAGE_SIZE = 100;
const BUCKETS = 60;
/** Rows kept while the tail runs: a page left open must not grow without end. */
const MOST_TAILED = 500;

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
  /** The search was stopped by hand before its answer came. */
  stopped = $state(false);
  problem = $state.raw<ApiProblem | undefined>(undefined);
  readonly histogram = new Load<HistogramAnswer>();
  readonly fields = new Load<FieldsAnswer>();
  #next = $state.raw<string | null>(null);
  #question: Question | undefined;
  #abort: AbortController | undefined;
  readonly #door: Pick<ApiClient, 'get'>;

  constructor(door: Pick<ApiClient, 'get'>) {
    this.#door = door;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  async ask(question: Question): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#question = question;
    this.loading = true;
    this.stopped = false;
    const fields = this.#fields(question);
    void this.histogram.run((signal) =>
      this.#door.get('/events/histogram', { ...fields, buckets: BUCKETS }, signal),
    );
    void this.fields.run((signal) => this.#door.get('/events/fields', fields, signal));
    const answer = await this.#door.get<EventPageAnswer>(
      '/events/search',
      { ...fields, limit: PAGE_SIZE },
      abort.signal,
    );
    if (abort.signal.aborted) return;
    this.loading = false;
    if (!answer.ok) {
      // What was found before stays in view while the query is being mended.
      this.problem = answer.problem;
      return;
    }
    this.problem = undefined;
    this.#take(answer.value);
  }

  /** Gives up waiting; the server stops what it can. */
  stop(): void {
    this.#abort?.abort();
    this.histogram.stop();
    this.fields.stop();
    this.stopped = this.loading;
    this.loading = false;
    this.loadingMore = false;
  }

  async more(): Promise<void> {
    if (!this.#next || !this.#question || this.loadingMore) return;
    const abort = this.#abort ?? new AbortController();
    this.loadingMore = true;
    const answer = await this.#door.get<EventPageAnswer>(
      '/events/search',
      { ...this.#fields(this.#question), limit: PAGE_SIZE, cursor: this.#next },
      abort.signal,
    );
    this.loadingMore = false;
    if (abort.signal.aborted) return;
    if (!answer.ok) {
      this.problem = answer.problem;
      return;
    }
    this.rows = [...this.rows, ...answer.value.items];
    this.#next = answer.value.next;
  }

  /** The newest page of the same question on top of what is there. */
  async newest(): Promise<void> {
    const question = this.#question;
    if (!question || this.loading) return;
    const abort = this.#abort;
    const answer = await this.#door.get<EventPageAnswer>(
      '/events/search',
      { ...this.#fields(question), limit: PAGE_SIZE },
      abort?.signal,
    );
    if (abort?.signal.aborted || question !== this.#question) return;
    if (!answer.ok) {
      this.problem = answer.problem;
      return;
    }
    const fresh = new Set(answer.value.items.map(({ id }) => id));
    const kept = this.rows.filter(({ id }) => !fresh.has(id));
    this.#take({ ...answer.value, items: [...answer.value.items, ...kept].slice(0, MOST_TAILED) });
    // What lies behind the kept rows has no cursor any more.
    if (kept.length > 0) this.#next = null;
  }

  terms(path: string, size: number, signal: AbortSignal, q?: string) {
    const question = this.#question;
    const range = question?.range;
    return this.#door.get<TermsAnswer>(
      '/events/terms',
      { q: q ?? question?.q.trim(), from: range?.from, to: range?.to, path, size },
      signal,
    );
  }

  #take(page: EventPageAnswer): void {
    this.rows = page.items;
    this.total = page.total;
    this.totalExact = page.totalExact;
    this.#next = page.next;
  }

  #fields({ q, range }: Question) {
    return { q: q.trim(), from: range.from, to: range.to };
  }
}
