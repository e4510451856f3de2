/** What the queue can be narrowed by: the same parameters for its list, its groups, its export and its bulk changes. */
import type { Clock } from '#kernel/clock.js';
import type { SortBy } from '#kernel/ports/record-store.js';
import { anyOf, type Query } from '#kernel/query/ast.js';
import { OPEN_ALERT_STATUSES } from '#kernel/vocabulary.js';
import type { Grant } from '#trust/access/authorize.js';
import { oneOf, referring, sameAs, within } from './routes/filters.js';
import { commaList, queryOf, Text, Time } from './routes/shapes.js';

export const ALERT_FILTERS = {
  q: Text(4096, 'query text over the alert’s columns'),
  status: Text(200, 'comma list; `open` is new, in_progress and on_hold'),
  severity: Text(200, 'comma list'),
  assignee: Text(256, 'account id, `me`, or `none`'),
  disposition: Text(200, 'comma list'),
  outcome: Text(200, 'comma list'),
  direction: Text(200, 'comma list'),
  deviceAction: Text(200, 'comma list'),
  entity: Text(1024),
  host: Text(1024),
  user: Text(1024),
  sourceIp: Text(64),
  destinationIp: Text(64),
  clientIp: Text(64),
  rule: Text(256),
  incident: Text(256, 'incident id, or `none`'),
  from: Time,
  to: Time,
};

export type AlertFilter = { readonly [K in keyof typeof ALERT_FILTERS]?: string };

export const ALERT_SORTS = [
  'triage',
  'raisedAt',
  'updatedAt',
  'lastEventAt',
  'severity',
  'outcome',
  'count',
] as const;

/** `triage`: what presses most first: compromised and succeeded, then the gravest, then the latest. */
export function alertSort(
  sort: (typeof ALERT_SORTS)[number] = 'lastEventAt',
  order: 'asc' | 'desc' = 'desc',
): readonly SortBy[] {
  const paths = sort === 'triage' ? ['outcome', 'severity', 'lastEventAt'] : [sort];
  return paths.map((path) => ({ path, order }));
}

/** Faults `invalid_query`, `invalid_request`. */
export function alertQuery(filter: AlertFilter, grant: Grant, clock: Clock): Query {
  const statuses = commaList(filter.status).flatMap((one): readonly string[] =>
    one === 'open' ? OPEN_ALERT_STATUSES : [one],
  );
  return queryOf(
    filter.q,
    ...(statuses.length ? [anyOf('status', statuses)] : []),
    ...oneOf('severity', filter.severity),
    ...oneOf('disposition', filter.disposition),
    ...oneOf('outcome', filter.outcome),
    ...oneOf('direction', filter.direction),
    ...oneOf('deviceAction', filter.deviceAction),
    ...referring('assignee', filter.assignee, grant),
    ...referring('incident', filter.incident, grant),
    ...sameAs('entity.value', filter.entity),
    ...sameAs('host', filter.host),
    ...sameAs('user', filter.user),
    ...sameAs('sourceIp', filter.sourceIp),
    ...sameAs('destinationIp', filter.destinationIp),
    ...sameAs('clientIp', filter.clientIp),
    ...sameAs('rule.id', filter.rule),
    within('lastEventAt', filter, clock),
  );
}
