/**
 * The alert queue: pages of rows, a cursor, a selection, and what has come meanwhile. Rows change where they stand but
 * never move; new ones wait until they are asked for.
 */
import type { ApiClient } from '$lib/api/client.js';
import type { ApiProblem } from '$lib/api/answer.js';
import type { AlertRow, FacetedPage, Facets } from '$lib/api/types.js';
import { FACET_PATHS, queryOf, type AlertFilters } from './filters.js';

export const PAGE_SIZE = 100;
/** Who scrolls on gets more at a time, up to this. */
const PAGE_MOST = 1_000;
/** Rows beyond the first page that are read one by one after a change. */
const SINGLE_READS = 10;

type Door = Pick<ApiClient, 'get'>;

export class AlertQueue {
  rows = $state.raw<readonly AlertRow[]>([]);
  total = $state(0);
  facets = $state.raw<Facets>({});
  loading = $state(true);
  loadingMore = $state(false);
  problem = $state.raw<ApiProblem | undefined>(undefined);
  /** Rows of the newest first page that are not shown yet. */
  waiting = $state.raw<readonly AlertRow[]>([]);
  /** Rows that came in when they were asked for last. */
  fresh = $state.raw<ReadonlySet<string>>(new Set());
  /** Index of the row that the keys act on; -1 for none. */
  at = $state(-1);
  selected = $state.raw<ReadonlySet<string>>(new Set());
  /** Everything that the filters hold for is meant, shown or not. */
  whole = $state(false);
  /** What the total was at least since the rows were shown: those that were closed make no room for new ones unseen. */
  #shown = $state(0);
  /** Of the rows. */
  #ids: Set<string> = new Set();
  #next: string | null = null;
  #filters: AlertFilters | undefined;
  #turn = 0;
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  get current(): AlertRow | undefined {
    return this.rows[this.at];
  }
  /** Alerts that came since the rows were shown, at least: those that belong on the first page, and those further down. */
  get came(): number {
    return Math.max(this.waiting.length, this.total - this.#shown);
  }
  get hasMore(): boolean {
    return this.#next !== null;
  }
  /** Those that an action means: the selected ones, else the one at the cursor. */
  get targets(): readonly AlertRow[] {
    if (this.selected.size > 0) return this.rows.filter((row) => this.selected.has(row.id));
    return this.current ? [this.current] : [];
  }

  /** Reads the first page anew. The cursor stays on its alert if that is still there. */
  async load(filters: AlertFilters): Promise<void> {
    const turn = ++this.#turn;
    const held = this.current?.id;
    const changed = this.#filters !== filters;
    if (changed) this.whole = false;
    this.#filters = filters;
    this.loading = true;
    const answer = await this.#first(filters);
    if (turn !== this.#turn) return;
    this.loading = false;
    if (!answer.ok) {
      this.problem = answer.problem;
      if (changed) this.#show([], 0, {}, null);
      return;
    }
    this.problem = undefined;
    const { items, total, facets, next } = answer.value;
    this.#show(items, total, facets ?? {}, next);
    this.at = held ? items.findIndex((row) => row.id === held) : -1;
    this.selected = new Set(items.filter((row) => this.selected.has(row.id)).map((row) => row.id));
  }

  /** The next page, below the last row. */
  async more(): Promise<void> {
    if (!this.#next || this.loadingMore || this.loading || !this.#filters) return;
    const turn = this.#turn;
    this.loadingMore = true;
    const answer = await this.#door.get<FacetedPage<AlertRow>>('/alerts', {
      ...queryOf(this.#filters),
      limit: Math.min(PAGE_MOST, Math.max(PAGE_SIZE, this.rows.length)),
      cursor: this.#next,
    });
    this.loadingMore = false;
    if (turn !== this.#turn) return;
    if (!answer.ok) {
      this.problem = answer.problem;
      this.#next = null;
      return;
    }
    // A row whose place in the order has changed meanwhile may come a second time.
    const further = answer.value.items.filter((row) => !this.#ids.has(row.id));
    for (const row of further) this.#ids.add(row.id);
    this.rows = [...this.rows, ...further];
    this.#next = answer.value.next;
  }

  /** Something changed on the server: rows are renewed where they stand, new ones wait above. */
  async refresh(changedIds: ReadonlySet<string> = new Set()): Promise<void> {
    if (!this.#filters || this.loading) return;
    const turn = this.#turn;
    const answer = await this.#first(this.#filters);
    if (turn !== this.#turn || !answer.ok) return;
    const { items, total, facets } = answer.value;
    this.total = total;
    this.#shown = Math.min(this.#shown, total);
    this.facets = facets ?? {};
    const shown = this.#ids;
    if (this.rows.length === 0) this.#show(items, total, facets ?? {}, answer.value.next);
    else this.waiting = items.filter((row) => !shown.has(row.id));
    const came = new Set(items.map((row) => row.id));
    const apart = [...changedIds].filter((id) => shown.has(id) && !came.has(id)).slice(0, SINGLE_READS);
    const single = await Promise.all(apart.map((id) => this.#door.get<AlertRow>(`/alerts/${id}`)));
    if (turn !== this.#turn) return;
    this.renew([...items, ...single.flatMap((one) => (one.ok ? [one.value] : []))]);
  }

  /** Puts newer versions of rows in their places. */
  renew(newer: readonly AlertRow[]): void {
    const byId = new Map(newer.map((row) => [row.id, row]));
    this.rows = this.rows.map((row) => {
      const found = byId.get(row.id);
      return found && found.version >= row.version ? found : row;
    });
  }

  /** Asked for: the waiting rows come in where the order puts them, and a cursor that is nowhere goes to the first of them. */
  async showWaiting(): Promise<void> {
    if (!this.#filters) return;
    const fresh = new Set(this.waiting.map((row) => row.id));
    await this.load(this.#filters);
    this.fresh = fresh;
    const first = this.rows.findIndex((row) => fresh.has(row.id));
    if (first >= 0 && this.at < 0) this.at = first;
  }

  move(by: number): void {
    if (this.rows.length === 0) return;
    this.at = Math.min(this.rows.length - 1, Math.max(0, this.at + by));
  }

  /** Puts the cursor on an alert, if it is among the rows. */
  point(id: string): void {
    const at = this.rows.findIndex((row) => row.id === id);
    if (at >= 0) this.at = at;
  }

  toggle(id: string): void {
    this.whole = false;
    const next = new Set(this.selected);
    if (!next.delete(id)) next.add(id);
    this.selected = next;
  }

  /** Selects from the last selected row to this one. */
  selectRange(to: number): void {
    const from = this.rows.findLastIndex((row, index) => index < to && this.selected.has(row.id));
    const ids = this.rows.slice(from < 0 ? to : from, to + 1).map((row) => row.id);
    this.selected = new Set([...this.selected, ...ids]);
  }

  selectAll(): void {
    this.selected = new Set(this.rows.map((row) => row.id));
  }
  selectWhole(): void {
    this.selectAll();
    this.whole = true;
  }
  selectNone(): void {
    this.whole = false;
    this.selected = new Set();
  }

  #first(filters: AlertFilters) {
    return this.#door.get<FacetedPage<AlertRow>>('/alerts', {
      ...queryOf(filters),
      limit: PAGE_SIZE,
      facets: Object.values(FACET_PATHS),
    });
  }

  #show(rows: readonly AlertRow[], total: number, facets: Facets, next: string | null): void {
    this.rows = rows;
    this.#ids = new Set(rows.map((row) => row.id));
    this.total = total;
    this.#shown = total;
    this.facets = facets;
    this.waiting = [];
    this.#next = next;
  }
}
