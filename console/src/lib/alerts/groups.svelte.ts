/** The queue in groups: pages of rows and a cursor. */
import type { ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { AlertGroup, GroupPageAnswer } from '$lib/api/types.js';
import { filterOf, type AlertFilters } from './filters.js';

const PAGE = 200;

export class AlertGroups {
  rows = $state.raw<readonly AlertGroup[]>([]);
  groups = $state(0);
  total = $state(0);
  loading = $state(true);
  problem = $state.raw<ApiProblem>();
  at = $state(-1);
  #next: string | null = null;
  #filters: AlertFilters | undefined;
  #turn = 0;
  readonly #door: Pick<ApiClient, 'get'>;

  constructor(door: Pick<ApiClient, 'get'>) {
    this.#door = door;
  }

  get current(): AlertGroup | undefined {
    return this.rows[this.at];
  }
  get hasMore(): boolean {
    return this.#next !== null;
  }

  async load(filters: AlertFilters): Promise<void> {
    if (!filters.group) return;
    const turn = ++this.#turn;
    if (this.#filters?.group !== filters.group) this.rows = [];
    this.#filters = filters;
    this.loading = true;
    const answer = await this.#read(filters);
    if (turn !== this.#turn) return;
    this.loading = false;
    this.problem = answer.ok ? undefined : answer.problem;
    if (!answer.ok) return;
    const { items, groups, total, next } = answer.value;
    this.rows = items;
    this.groups = groups;
    this.total = total;
    this.#next = next;
    this.at = Math.min(this.at, items.length - 1);
  }

  async more(): Promise<void> {
    if (!this.#next || this.loading || !this.#filters) return;
    const turn = this.#turn;
    this.loading = true;
    const answer = await this.#read(this.#filters, this.#next);
    if (turn !== this.#turn) return;
    this.loading = false;
    this.problem = answer.ok ? undefined : answer.problem;
    this.#next = answer.ok ? answer.value.next : null;
    if (answer.ok) this.rows = [...this.rows, ...answer.value.items];
  }

  move(by: number): void {
    if (this.rows.length > 0) this.at = Math.min(this.rows.length - 1, Math.max(0, this.at + by));
  }

  #read(filters: AlertFilters, cursor?: string) {
    return this.#door.get<GroupPageAnswer>('/alerts/groups', {
      ...filterOf(filters),
      ...{ by: filters.group, limit: PAGE, cursor },
    });
  }
}
