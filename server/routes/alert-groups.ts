/** The queue as groups: one row for all alerts that share what it is grouped by. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import type { FieldValue } from '#kernel/event.js';
import type { GroupFigure, RecordStore } from '#kernel/ports/record-store.js';
import { OutcomeWord, SeverityWord, words } from '#kernel/schema/pieces.js';
import type { Outcome, Severity } from '#kernel/vocabulary.js';
import { ALERT_FILTERS, alertQuery } from '../alert-filter.js';
import type { FastifyTypeBox } from '../app.js';
import { answers, Cursor, exactly, limitUpTo, Realm } from './shapes.js';

/** What people group by, and the paths that it stands for. */
const BY = {
  rule: ['rule.id'],
  asset: ['host'],
  source: ['sourceIp'],
  destination: ['destinationIp'],
  user: ['user'],
  rule_asset: ['rule.id', 'entity.value'],
} as const;
const GROUPINGS = Object.keys(BY) as (keyof typeof BY)[];

const GREATEST = (path: string) => ({ of: 'greatest', path }) as const;
const FIGURES = [
  GREATEST('outcome'),
  GREATEST('severity'),
  GREATEST('lastEventAt'),
  { of: 'sum', path: 'count' },
] as const satisfies readonly GroupFigure[];
/** What presses most first; of those alike the fullest. */
const SORT = [
  ...([GREATEST('outcome'), GREATEST('severity')] as const),
  { of: 'count' } as const,
  GREATEST('lastEventAt'),
].map((figure) => ({ figure, order: 'desc' as const }));

const GroupAnswer = Type.Object({
  key: Type.Array(Type.Union([Type.String(), Type.Null()]), {
    description: 'values of `paths`; null: absent',
  }),
  alerts: Type.Integer(),
  events: Type.Integer(),
  severity: SeverityWord,
  outcome: OutcomeWord,
  lastEventAt: Type.String(),
  newest: Type.Object({
    id: Type.String(),
    title: Type.String(),
    ruleId: Type.String(),
    host: Type.Optional(Type.String()),
    user: Type.Optional(Type.String()),
    sourceIp: Type.Optional(Type.String()),
    destinationIp: Type.Optional(Type.String()),
  }),
});

export function alertGroupRoutes(
  app: FastifyTypeBox,
  { records, clock }: { records: RecordStore; clock: Clock },
): void {
  app.get(
    '/alerts/groups',
    {
      config: { permission: 'alerts:read', reads: 'much' },
      schema: {
        tags: ['alerts'],
        summary: 'The queue, grouped; what presses most first',
        querystring: exactly({
          ...ALERT_FILTERS,
          by: words(GROUPINGS),
          limit: limitUpTo(1000, 100),
          cursor: Cursor,
          realm: Realm,
        }),
        response: answers({
          200: Type.Object({
            total: Type.Integer({ description: 'alerts' }),
            groups: Type.Integer(),
            paths: Type.Array(Type.String()),
            items: Type.Array(GroupAnswer),
            next: Type.Union([Type.String(), Type.Null()]),
          }),
        }),
      },
    },
    async ({ grant, query }) => {
      const paths = BY[query.by];
      const page = await records.groups(grant.scope, 'alerts', {
        query: alertQuery(query, grant, clock),
        by: paths,
        figures: FIGURES,
        newest: ['title', 'rule.id', 'host', 'user', 'sourceIp', 'destinationIp'],
        ids: 1,
        sort: SORT,
        limit: query.limit ?? 100,
        ...(query.cursor && { cursor: query.cursor }),
      });
      return {
        total: page.total,
        groups: page.groups,
        paths: [...paths],
        items: page.items.map(({ values, count, figures, newest, ids }) => {
          const [title, ruleId, host, user, sourceIp, destinationIp] = newest.map(text);
          return {
            key: values.map((value) => text(value) ?? null),
            alerts: count,
            events: Number(figures[3] ?? 0),
            outcome: String(figures[0]) as Outcome,
            severity: String(figures[1]) as Severity,
            lastEventAt: String(figures[2]),
            newest: {
              id: ids[0] ?? '',
              title: title ?? '',
              ruleId: ruleId ?? '',
              ...(host !== undefined && { host }),
              ...(user !== undefined && { user }),
              ...(sourceIp !== undefined && { sourceIp }),
              ...(destinationIp !== undefined && { destinationIp }),
            },
          };
        }),
        next: page.next,
      };
    },
  );
}

function text(value: FieldValue | null): string | undefined {
  return value === null ? undefined : String(value);
}
