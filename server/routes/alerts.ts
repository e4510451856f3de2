/** The alert queue, read: the list with its facets, and one alert with its rule and the rule's ledger. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { Alert, AlertSummary } from '#kernel/schema/alert.js';
import { words } from '#kernel/schema/pieces.js';
import { LedgerCounts } from '#kernel/schema/judgement.js';
import type { FastifyTypeBox } from '../app.js';
import { ALERT_FILTERS, ALERT_SORTS, alertQuery, alertSort } from '../alert-filter.js';
import { notFound } from '../problems.js';
import type { RuleBook } from '../rule-book.js';
import {
  answers,
  Cursor,
  exactly,
  Facets,
  IdParams,
  limitUpTo,
  page,
  Realm,
  Text,
  versioned,
  withVersion,
} from './shapes.js';
import { pageWithFacets } from './filters.js';

const AlertAnswer = versioned(Alert);
const SummaryAnswer = versioned(AlertSummary);
const read = { permission: 'alerts:read' } as const;

export interface AlertListServices {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly rules: Pick<RuleBook, 'ledgerOf' | 'textOf'>;
}

const ListQuery = exactly({
  ...ALERT_FILTERS,
  sort: Type.Optional(words(ALERT_SORTS)),
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
    deferred,
    ...summary
  } = value;
  return { ...summary, ...(deferred && { isFlood: true }), version };
}

export function alertListRoutes(app: FastifyTypeBox, { records, clock, rules }: AlertListServices): void {
  app.get(
    '/alerts',
    {
      config: { ...read, reads: 'much' },
      schema: {
        tags: ['alerts'],
        summary: 'The queue',
        querystring: ListQuery,
        response: answers({ 200: Type.Intersect([page(SummaryAnswer), Type.Object({ facets: Facets })]) }),
      },
    },
    async ({ grant, query }) => {
      const filter = alertQuery(query, grant, clock);
      const sort = alertSort(query.sort, query.order);
      const found = await pageWithFacets(records, grant, 'alerts', filter, sort, query);
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
      const [ledger, text] = [rules.ledgerOf(id), await rules.textOf(id, version)];
      return {
        ...withVersion(found),
        ...(ledger && { ledger }),
        ...(text !== undefined && { ruleText: text }),
      };
    },
  );
}
