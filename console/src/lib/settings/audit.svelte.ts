/** The audit log as it is looked through: filters in the page's address, pages one below the other. */
import type { AuditEntry } from '#kernel/schema/account.js';
import type { Page } from '#kernel/schema/pieces.js';
import type { ApiClient } from '$lib/api/client.js';
import { Load } from '$lib/api/load.svelte.js';
import { fromLocalInput } from '$lib/text/times.js';

export const AUDIT_FILTERS = ['actor', 'action', 'target', 'from', 'to'] as const;
/** `from` and `to` are wall times of the shown zone, as the inputs hold them. */
export type AuditFilters = Readonly<Record<(typeof AUDIT_FILTERS)[number], string>>;

export function readAuditFilters(params: URLSearchParams): AuditFilters {
  return Object.fromEntries(AUDIT_FILTERS.map((name) => [name, params.get(name) ?? ''])) as AuditFilters;
}

export function writeAuditFilters(filters: AuditFilters): URLSearchParams {
  return new URLSearchParams(AUDIT_FILTERS.flatMap((name) => (filters[name] ? [[name, filters[name]]] : [])));
}

/** The question to the server: wall times become moments. */
export function auditQuery(filters: AuditFilters, zone: string) {
  const moment = (text: string) => {
    const ms = fromLocalInput(text, zone);
    return ms === undefined ? '' : new Date(ms).toISOString();
  };
  return { ...filters, from: moment(filters.from), to: moment(filters.to), limit: 100 };
}

export class AuditLog {
  readonly first = new Load<Page<AuditEntry>>();
  loadingMore = $state(false);
  #older = $state.raw<readonly AuditEntry[]>([]);
  #next = $state.raw<string | null>(null);
  #query: ReturnType<typeof auditQuery> | undefined;
  readonly #door: Pick<ApiClient, 'get'>;

  constructor(door: Pick<ApiClient, 'get'>) {
    this.#door = door;
  }

  get rows(): readonly AuditEntry[] {
    return [...(this.first.value?.items ?? []), ...this.#older];
  }
  get hasMore(): boolean {
    return this.#next !== null;
  }

  async read(query: ReturnType<typeof auditQuery>): Promise<void> {
    this.#query = query;
    const page = await this.first.run((signal) => this.#door.get('/audit', query, signal));
    if (!page) return;
    this.#older = [];
    this.#next = page.next;
  }

  async more(): Promise<void> {
    const query = this.#query;
    if (!query || !this.#next || this.loadingMore) return;
    this.loadingMore = true;
    const answer = await this.#door.get<Page<AuditEntry>>('/audit', { ...query, cursor: this.#next });
    this.loadingMore = false;
    if (query !== this.#query) return;
    if (!answer.ok) {
      this.first.problem = answer.problem;
      return;
    }
    this.#older = [...this.#older, ...answer.value.items];
    this.#next = answer.value.next;
  }
}
