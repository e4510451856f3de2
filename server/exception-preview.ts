/** What an exception would have hidden: exact over the stored events, and over the alerts as they are kept. */
import { iso } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { and, equals, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { Scope } from '#kernel/scope.js';
import { instantRange } from './instant-range.js';

export interface ExceptionPreview {
  /** Stored events that the rule holds for; undefined where the rule is not loaded. */
  readonly matches?: number;
  readonly hidden?: number;
  /** Alerts of the rule in that time, and those of them whose kept events would all have been taken. */
  readonly alertsOfRule: number;
  readonly alertsHidden: number;
  /** The newest of those hidden, at most 20. */
  readonly alerts: readonly Versioned<Alert>[];
  /** Only so many alerts were looked at. */
  readonly alertsLookedAt: number;
}

/** Alerts carry up to twelve events each: more of them would keep the process busy for long. */
const MOST_ALERTS = 2_000;
const MOST_SHOWN = 20;

export interface PreviewRequest {
  readonly scope: Scope;
  readonly rule: string;
  /** What the rule asks of an event. */
  readonly ruleQuery: Query | undefined;
  readonly exception: Query;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

export async function previewException(
  { records, events }: { readonly records: RecordStore; readonly events: EventStore },
  { scope, rule, ruleQuery, exception, fromMs, toMs, signal }: PreviewRequest,
): Promise<ExceptionPreview> {
  const count = async (query: Query) =>
    (
      await events.histogram(scope, {
        ...{ query, fromMs, toMs, stepMs: Math.max(1, toMs - fromMs) },
        ...(signal && { signal }),
      })
    ).reduce((sum, bucket) => sum + bucket.count, 0);
  const [matches, hidden, alerts] = await Promise.all([
    ruleQuery && count(ruleQuery),
    ruleQuery && count(and(ruleQuery, exception)),
    alertsTaken(records, scope, rule, exception, { fromMs, toMs, ...(signal && { signal }) }),
  ]);
  return { ...(matches !== undefined && { matches }), ...(hidden !== undefined && { hidden }), ...alerts };
}

async function alertsTaken(
  records: RecordStore,
  scope: Scope,
  rule: string,
  exception: Query,
  { fromMs, toMs, signal }: Pick<PreviewRequest, 'fromMs' | 'toMs' | 'signal'>,
): Promise<Omit<ExceptionPreview, 'matches' | 'hidden'>> {
  const takes = compilePredicate(exception);
  const query = and(equals('rule.id', rule), instantRange('lastEventAt', iso(fromMs), iso(toMs)));
  const shown: Versioned<Alert>[] = [];
  let total: number;
  let lookedAt = 0;
  let hidden = 0;
  let cursor: string | undefined;
  do {
    const page = await records.search(scope, 'alerts', {
      query,
      sort: { path: 'lastEventAt', order: 'desc' },
      limit: 100,
      ...(cursor !== undefined && { cursor }),
    });
    total = page.total;
    for (const alert of page.items) {
      lookedAt++;
      const { first, last, samples } = alert.value;
      if (![first, ...samples, last].every(({ event }) => takes(event.fields))) continue;
      hidden++;
      if (shown.length < MOST_SHOWN) shown.push(alert);
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && lookedAt < MOST_ALERTS && !signal?.aborted);
  return { alertsOfRule: total, alertsHidden: hidden, alerts: shown, alertsLookedAt: lookedAt };
}
