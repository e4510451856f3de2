/** How often an alert's rule fires, and what its other alerts were concluded as. */
import Type from 'typebox';
import { iso, type Clock } from '#kernel/clock.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, anyOf, equals, not, type Query } from '#kernel/query/ast.js';
import { AlertSummary } from '#kernel/schema/alert.js';
import { DispositionWord } from '#kernel/schema/pieces.js';
import type { Scope } from '#kernel/scope.js';
import { OPEN_ALERT_STATUSES, type Disposition } from '#kernel/vocabulary.js';
import type { FastifyTypeBox } from '../app.js';
import { instantRange } from '../instant-range.js';
import { notFound } from '../problems.js';
import { summaryOf } from './alerts.js';
import { answers, IdParams, versioned } from './shapes.js';

const DAY_MS = 86_400_000;
const SHOWN = 10;

export function similarRoutes(
  app: FastifyTypeBox,
  { records, clock }: { records: RecordStore; clock: Clock },
): void {
  const countOf = async (scope: Scope, query: Query) =>
    (await records.facets(scope, 'alerts', { query, paths: [] })).total;

  app.get(
    '/alerts/:id/similar',
    {
      config: { permission: 'alerts:read' },
      schema: {
        tags: ['alerts'],
        summary:
          'How often its rule (of a device’s alarm: that alarm) fires, and what other alerts of it were concluded as',
        params: IdParams,
        response: answers({
          200: Type.Object({
            total: Type.Integer(),
            open: Type.Integer(),
            lastDay: Type.Integer({ description: 'alerts of the rule with an event in the last 24 hours' }),
            last30Days: Type.Integer(),
            dispositions: Type.Array(
              Type.Object({
                value: DispositionWord,
                count: Type.Integer(),
                conclusion: Type.Optional(Type.String({ description: 'of the one changed last' })),
              }),
            ),
            items: Type.Array(versioned(AlertSummary), { description: 'the newest, at most 10' }),
          }),
        }),
      },
    },
    async ({ grant: { scope }, params }) => {
      const { value: alert } =
        (await records.get(scope, 'alerts', params.id)) ?? notFound('alert', params.id);
      const rule = equals('rule.id', alert.rule.id);
      // Of an alarm of another device the title is the device's own, and says what it is about.
      const ofRule = alert.title === alert.rule.title ? rule : and(rule, equals('title', alert.title));
      const others = and(ofRule, not(equals('id', alert.id)));
      const nowMs = clock.nowMs();
      const since = (days: number) =>
        countOf(scope, and(ofRule, instantRange('lastEventAt', iso(nowMs - days * DAY_MS), undefined)));
      const [{ total, facets }, open, lastDay, last30Days, found] = await Promise.all([
        records.facets(scope, 'alerts', { query: others, paths: ['disposition'] }),
        countOf(scope, and(others, anyOf('status', OPEN_ALERT_STATUSES))),
        since(1),
        since(30),
        records.search(scope, 'alerts', {
          ...{ query: others, limit: SHOWN },
          sort: { path: 'lastEventAt', order: 'desc' },
        }),
      ]);
      const dispositions = await Promise.all(
        (facets['disposition'] ?? [])
          .filter(({ value }) => value !== '')
          .map(async ({ value, count }) => {
            const latest = await records.search(scope, 'alerts', {
              ...{ query: and(others, equals('disposition', value)), limit: 1 },
              sort: { path: 'updatedAt', order: 'desc' },
            });
            const conclusion = latest.items[0]?.value.conclusion;
            return { value: value as Disposition, count, ...(conclusion !== undefined && { conclusion }) };
          }),
      );
      return { total, open, lastDay, last30Days, dispositions, items: found.items.map(summaryOf) };
    },
  );
}
