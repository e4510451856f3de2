/** What the queue is narrowed to: kept in the page's address, so that a view can be shared and reloaded. */
import type { QueryFields } from '$lib/api/client.js';

/** Filters with a short list of values; each may hold several. */
export const FACETS = ['status', 'severity', 'outcome', 'assignee', 'rule'] as const;
export type FacetName = (typeof FACETS)[number];

/** Filters of which the server takes one value. */
const SINGLE: readonly FacetName[] = ['assignee', 'rule'];

export const SORTS = ['lastEventAt', 'raisedAt', 'severity', 'count'] as const;
export type Sort = (typeof SORTS)[number];

export interface AlertFilters {
  readonly q: string;
  /** Empty: any. `status` of `open` is all that are not settled. */
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>;
  readonly entity: string;
  readonly incident: string;
  readonly sort: Sort;
  readonly order: 'asc' | 'desc';
}

/** Paths of the facets as the server counts them. */
export const FACET_PATHS: Readonly<Record<FacetName, string>> = {
  status: 'status',
  severity: 'severity',
  outcome: 'outcome',
  assignee: 'assignee',
  rule: 'rule.id',
};

const words = (text: string | null) => (text ? text.split(',').filter(Boolean) : []);

/** An address without `status` means the open ones; `status=any` all. */
export function readFilters(params: URLSearchParams): AlertFilters {
  const sort = params.get('sort') as Sort;
  const status = words(params.get('status') ?? 'open');
  return {
    q: params.get('q') ?? '',
    chosen: {
      status: status.includes('any') ? [] : status,
      severity: words(params.get('severity')),
      outcome: words(params.get('outcome')),
      assignee: words(params.get('assignee')),
      rule: words(params.get('rule')),
    },
    entity: params.get('entity') ?? '',
    incident: params.get('incident') ?? '',
    sort: SORTS.includes(sort) ? sort : 'lastEventAt',
    order: params.get('order') === 'asc' ? 'asc' : 'desc',
  };
}

/** The shortest address of these filters: what is usual is left out. */
export function writeFilters(filters: AlertFilters): URLSearchParams {
  const out = new URLSearchParams();
  if (filters.q) out.set('q', filters.q);
  const { status } = filters.chosen;
  if (status.length === 0) out.set('status', 'any');
  else if (status.join() !== 'open') out.set('status', status.join(','));
  for (const name of FACETS) {
    if (name !== 'status' && filters.chosen[name].length > 0) out.set(name, filters.chosen[name].join(','));
  }
  if (filters.entity) out.set('entity', filters.entity);
  if (filters.incident) out.set('incident', filters.incident);
  if (filters.sort !== 'lastEventAt') out.set('sort', filters.sort);
  if (filters.order !== 'desc') out.set('order', filters.order);
  return out;
}

/** The question to the server. */
export function queryOf(filters: AlertFilters): QueryFields {
  return {
    q: filters.q,
    ...filters.chosen,
    entity: filters.entity,
    incident: filters.incident,
    sort: filters.sort,
    order: filters.order,
  };
}

/** Adds the value, or takes it away. `open` and single statuses exclude each other. */
export function toggled(filters: AlertFilters, name: FacetName, value: string): AlertFilters {
  const before = filters.chosen[name];
  const kept = SINGLE.includes(name)
    ? []
    : name === 'status'
      ? before.filter((one) => (one === 'open') === (value === 'open'))
      : before;
  const after = before.includes(value) ? before.filter((one) => one !== value) : [...kept, value];
  return { ...filters, chosen: { ...filters.chosen, [name]: after } };
}

export function cleared(filters: AlertFilters): AlertFilters {
  return { ...readFilters(new URLSearchParams()), sort: filters.sort, order: filters.order };
}

/** True if nothing is narrowed but to the open ones. */
export function isUsual(filters: AlertFilters): boolean {
  return writeFilters({ ...filters, sort: 'lastEventAt', order: 'desc' }).size === 0;
}
