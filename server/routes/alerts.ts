/** The alert queue, read: the list with its facets, and one alert with its rule and the rule's ledger. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import { iso } from '#kernel/clock.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { anyOf } from '#kernel/query/ast.js';
import { Alert, AlertSummary } from '#kernel/schema/alert.js';
import { words } from '#kernel/schema/pieces.js';
import { LedgerCounts } from '#kernel/schema/judgement.js';
import { OPEN_ALERT_STATUSES } from '#kernel/vocabulary.js';
import type { FastifyTypeBox } from '../app.js';
import { instantRange } from '../instant-range.js';
import type { RuleBook } from '../rule-book.js';
import { notFound, valueOf } from '../problems.js';
import { parseInstant } from '../time.js';
import {
  answers,
  commaList,
  Cursor,
  exactly,
  Facets,
  IdParams,
  limitUpTo,
  page,
  queryOf,
  Realm,
  Text,
  Time,
  versioned,
  withVersion,
} from './shapes.js';
import { oneOf, referring, sameAs, pageWithFacets } from './filters.js';

const AlertAnswer = versioned(Alert);
const SummaryAnswer = versioned(AlertSummary);
const SORTS = ['raisedAt', 'updatedAt', 'lastEventAt', 'severity', 'count'] as const;
const read = { permission: 'alerts:read' } as const;

export interface AlertListServices {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly rules: Pick<RuleBook, 'ledgerOf' | 'textOf'>;
}

const ListQuery = exactly({
  q: Text(4096, 'query text over the alert’s columns'),
  status: Text(200, 'comma list; `open` is new, in_progress and on_hold'),
  severity: Text(200, 'comma list'),
  assignee: Text(256, 'account id, `me`, or `none`'),
  disposition: Text(200, 'comma list'),
  outcome: Text(200, 'comma list'),
  entity: Text(1024),
  rule: Text(256),
  incident: Text(256, 'incident id, or `none`'),
  from: Time,
  to: Time,
  sort: Type.Optional(words(SORTS)),
  order: Type.Optional(words(['asc', 'desc'] as const)),
  limit: limitUpTo(1000, 50),
  cursor: Cursor,
  facets: Text(500, 'comma list of paths'),
  realm: Realm,
});

/** An alert carries up to twelve events; the list leaves them out. */
export function summaryOf({ value, version }: Versioned<Alert>): AlertSummary & { version: number } {
  const {
    first: _first,
    last: _last,
    samples: _samples,
    applied: _applied,
    groupKey: _groupKey,
    ...summary
  } = value;
  return { ...summary, version };
}

export function alertListRoutes(app: FastifyTypeBox, { records, clock, rules }: AlertListServices): void {
  app.get(
    '/alerts',
    {
      config: read,
      schema: {
        tags: ['alerts'],
        summary: 'The queue',
        querystring: ListQuery,
        response: answers({ 200: Type.Intersect([page(SummaryAnswer), Type.Object({ facets: Facets })]) }),
      },
    },
    async ({ grant, query }) => {
      const nowMs = clock.nowMs();
      const instant = (text: string | undefined, name: string) =>
        text === undefined ? undefined : iso(valueOf(parseInstant(text, name, nowMs)));
      const statuses = commaList(query.status).flatMap((one): readonly string[] =>
        one === 'open' ? OPEN_ALERT_STATUSES : [one],
      );
      const filter = queryOf(
        query.q,
        ...(statuses.length ? [anyOf('status', statuses)] : []),
        ...oneOf('severity', query.severity),
        ...oneOf('disposition', query.disposition),
        ...oneOf('outcome', query.outcome),
        ...referring('assignee', query.assignee, grant),
        ...referring('incident', query.incident, grant),
        ...sameAs('entity.value', query.entity),
        ...sameAs('rule.id', query.rule),
        instantRange('lastEventAt', instant(query.from, 'from'), instant(query.to, 'to')),
      );
      const found = await pageWithFacets(
        records,
        grant,
        'alerts',
        filter,
        query.sort ?? 'lastEventAt',
        query,
      );
      return { ...found, items: found.items.map(summaryOf) };
    },
  );

  app.get(
    '/alerts/:id',
    {
      config: read,
      schema: {
        tags: ['alerts'],
        summary: 'One alert with its events, its rule and the rule’s ledger',
        params: IdParams,
        response: answers({
          200: Type.Intersect([
            AlertAnswer,
            Type.Object({ ledger: Type.Optional(LedgerCounts), ruleText: Type.Optional(Type.String()) }),
          ]),
        }),
      },
    },
    async ({ grant, params }) => {
      const found = (await records.get(grant.scope, 'alerts', params.id)) ?? notFound('alert', params.id);
      const { id, version } = found.value.rule;
      const [ledger, text] = [rules.ledgerOf(id), rules.textOf(id, version)];
      return {
        ...withVersion(found),
        ...(ledger && { ledger }),
        ...(text !== undefined && { ruleText: text }),
      };
    },
  );
}
