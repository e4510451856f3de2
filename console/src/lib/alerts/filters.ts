/** What the queue is narrowed to: kept in the page's address, so that a view can be shared and reloaded. */
import type { QueryFields } from '$lib/api/client.js';
import type { ViewPlace } from '$lib/views/saved.svelte.js';

/** Filters with a short list of values; each may hold several. */
export const FACETS = ['status', 'severity', 'outcome', 'assignee', 'rule'] as const;
export type FacetName = (typeof FACETS)[number];

/** Filters of which the server takes one value. */
const SINGLE: readonly FacetName[] = ['assignee', 'rule'];

/** Filters of one value, set by a click on a value. */
export const NARROWS = [
  'entity',
  'host',
  'user',
  'sourceIp',
  'destinationIp',
  'clientIp',
  'direction',
  'deviceAction',
  'incident',
] as const;
export type NarrowName = (typeof NARROWS)[number];

export const SORTS = ['triage', 'lastEventAt', 'raisedAt', 'severity', 'count'] as const;
export type Sort = (typeof SORTS)[number];

/** An alert is a rule and an asset already; the others put several into one row. */
export const GROUPINGS = ['rule', 'asset', 'source', 'destination', 'user'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface AlertFilters {
  readonly q: string;
  /** Empty: any. `status` of `open` is all that are not settled. */
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>;
  readonly narrow: Readonly<Partial<Record<NarrowName, string>>>;
  readonly group: Grouping | undefined;
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
    narrow: Object.fromEntries(
      NARROWS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
    ) as AlertFilters['narrow'],
    group: GROUPINGS.find((group) => group === params.get('group')),
    sort: SORTS.includes(sort) ? sort : 'triage',
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
  for (const name of NARROWS) if (filters.narrow[name]) out.set(name, filters.narrow[name]);
  if (filters.group) out.set('group', filters.group);
  if (filters.sort !== 'triage') out.set('sort', filters.sort);
  if (filters.order !== 'desc') out.set('order', filters.order);
  return out;
}

/** What the list is narrowed to, as the server reads it: for its list, its groups, its file and its bulk changes. */
export function filterOf({ q, chosen, narrow }: AlertFilters): Record<string, string> {
  const fields = Object.entries({ ...chosen, ...narrow, q }).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : value.join(','),
  ]);
  return Object.fromEntries(fields.filter(([, value]) => value !== '')) as Record<string, string>;
}

/** The question to the server. */
export function queryOf(filters: AlertFilters): QueryFields {
  return { ...filterOf(filters), sort: filters.sort, order: filters.order };
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
  const { group, sort, order } = filters;
  return { ...readFilters(new URLSearchParams()), group, sort, order };
}

/** True if nothing is narrowed but to the open ones. */
export function isUsual(filters: AlertFilters): boolean {
  return writeFilters({ ...filters, group: undefined, sort: 'triage', order: 'desc' }).size === 0;
}

/** The queue as it was, but only the alerts of one group. */
export function ofGroup(filters: AlertFilters, value: string | null): AlertFilters {
  const { group, ...rest } = filters;
  const by: Record<Grouping, NarrowName | 'rule'> = {
    ...{ rule: 'rule', asset: 'host', source: 'sourceIp', destination: 'destinationIp', user: 'user' },
  };
  if (!group) return { ...rest, group: undefined };
  const name = by[group];
  if (value === null) {
    const none = `not ${name === 'rule' ? 'rule.id' : name}: *`;
    return { ...rest, group: undefined, q: rest.q ? `(${rest.q}) and ${none}` : none };
  }
  return name === 'rule'
    ? { ...rest, group: undefined, chosen: { ...rest.chosen, rule: [value] } }
    : { ...rest, group: undefined, narrow: { ...rest.narrow, [name]: value } };
}

/** What a saved view of the queue keeps. */
export const QUEUE_VIEWS: ViewPlace = {
  place: 'alerts',
  path: '/alerts',
  kept: ['q', ...FACETS, ...NARROWS, 'group', 'sort', 'order'],
};
