/** ATT&CK: what the rules look for, whether their logs come, and what they found of late. */
import Type from 'typebox';
import { iso, type Clock } from '#kernel/clock.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { AttackCoverage, type AttackRule } from '#kernel/schema/attack.js';
import type { Rule } from '#kernel/schema/rule.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { attackCatalogue, techniquesOf } from '../attack.js';
import { instantRange } from '../instant-range.js';
import type { RuleBook } from '../rule-book.js';
import { answers, bare, exactly, Realm } from './shapes.js';

export interface AttackServices {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly rules: Pick<RuleBook, 'list'>;
}

const DAY_MS = 86_400_000;
/** Rules of which alerts are counted, the busiest first; of the others nothing is said. */
const MOST_RULES = 1000;

export function attackRoutes(app: FastifyTypeBox, { records, clock, rules }: AttackServices): void {
  app.get(
    '/attack',
    {
      config: { permission: 'rules:read' },
      schema: {
        tags: ['rules'],
        summary: 'ATT&CK techniques, the rules that look for them, and whether their logs come',
        querystring: exactly({
          days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, default: 30 })),
          realm: Realm,
        }),
        response: answers({ 200: bare(AttackCoverage) }),
      },
    },
    async ({ grant, query: { days = 30 } }) => {
      const counts = await alertsByRule(grant, days);
      const listed = rules.list().map((rule) => mapped(rule, counts));
      const mappedRules = listed.filter(({ techniques }) => techniques.length > 0);
      return {
        ...attackCatalogue(),
        rules: mappedRules,
        unmapped: listed.length - mappedRules.length,
        days,
      };
    },
  );

  async function alertsByRule(
    { scope, permissions }: Grant,
    days: number,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    if (!permissions.has('alerts:read')) return undefined;
    const since = iso(clock.nowMs() - days * DAY_MS);
    const found = await records.facets(scope, 'alerts', {
      query: instantRange('lastEventAt', since, undefined),
      paths: ['rule.id'],
      size: MOST_RULES,
    });
    return new Map(found.facets['rule.id']?.map(({ value, count }) => [value, count]));
  }
}

function mapped(rule: Rule, counts: ReadonlyMap<string, number> | undefined): AttackRule {
  const { id, title, titles, level, enabled, logsource, tags, telemetry } = rule;
  const alerts = counts?.get(id) ?? (counts && counts.size < MOST_RULES ? 0 : undefined);
  return {
    ...{ id, title, titles, level, enabled, logsource },
    techniques: techniquesOf(tags),
    ...(telemetry && { telemetry }),
    ...(alerts !== undefined && { alerts }),
  };
}
