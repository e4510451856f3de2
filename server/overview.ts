/** Gathers the overview: one look at alerts, incidents, sources and events within a person's scope. */
import { iso } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { PickedValues, RecordGroup, RecordStore } from '#kernel/ports/record-store.js';
import { ALL, anyOf, equals, not } from '#kernel/query/ast.js';
import type { Overview, UnitState } from '#kernel/schema/overview.js';
import type { Source, Unit } from '#kernel/schema/source.js';
import { OPEN_ALERT_STATUSES } from '#kernel/vocabulary.js';
import type { Grant } from '#trust/access/authorize.js';
import { instantRange } from './instant-range.js';
import type { Lag } from './lag.js';

export interface OverviewServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly lag: () => Lag;
}

const HOUR_MS = 3_600_000;
const TOP = 8;
const SILENT = 20;
const UNITS = 1000;
const BURNING: readonly string[] = ['succeeded', 'compromised'];
const OPEN = anyOf('status', OPEN_ALERT_STATUSES);

export async function overviewOf(
  services: OverviewServices,
  { scope, permissions }: Grant,
  { nowMs, hours }: { readonly nowMs: number; readonly hours: number },
): Promise<Overview> {
  const { records, events, lag } = services;
  const endMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  const fromMs = endMs - hours * HOUR_MS;
  const beforeMs = fromMs - hours * HOUR_MS;
  const seesSources = permissions.has('sources:read');
  const [alerts, recent, groups, incidents, sources, units, counted] = await Promise.all([
    records.facets(scope, 'alerts', {
      query: OPEN,
      paths: ['outcome', 'severity', 'assignee', 'rule.id', 'host', 'sourceIp'],
      size: 50,
    }),
    records.pick(scope, 'alerts', {
      query: instantRange('raisedAt', iso(beforeMs)),
      paths: ['raisedAt', 'outcome'],
    }),
    records.groups(scope, 'alerts', { query: OPEN, by: ['unit', 'outcome'], limit: UNITS }),
    permissions.has('incidents:read')
      ? records.facets(scope, 'incidents', {
          query: not(equals('stage', 'closed')),
          paths: ['stage', 'severity', 'assignee'],
        })
      : undefined,
    seesSources
      ? records.search(scope, 'sources', { query: equals('enabled', true), limit: 1000 })
      : { items: [] },
    records.search(scope, 'units', { query: ALL, limit: UNITS }),
    permissions.has('events:read')
      ? events.histogram(scope, { query: ALL, fromMs, toMs: endMs, stepMs: HOUR_MS })
      : undefined,
  ]);
  const found = sources.items.map(({ value }) => value);
  const { facets } = alerts;
  const named = (path: string) => (facets[path] ?? []).filter(({ value }) => value !== '').slice(0, TOP);
  return {
    at: iso(nowMs),
    hours,
    alerts: {
      open: alerts.total,
      unassigned: absent(facets['assignee']),
      outcomes: [...(facets['outcome'] ?? [])],
      severities: [...(facets['severity'] ?? [])],
      assignees: [...(facets['assignee'] ?? [])],
      rules: named('rule.id'),
      hosts: named('host'),
      sourceIps: named('sourceIp'),
    },
    raised: raisedOf(recent, { fromMs, hours }),
    units: unitsOf(
      units.items.map(({ value }) => value),
      found,
      groups.items,
    ),
    ...(incidents && {
      incidents: {
        open: incidents.total,
        unassigned: absent(incidents.facets['assignee']),
        stages: [...(incidents.facets['stage'] ?? [])],
        severities: [...(incidents.facets['severity'] ?? [])],
      },
    }),
    ...(seesSources && { sources: sourcesOf(found) }),
    ...(counted && { events: counted.map(({ count }) => count) }),
    judging: { behind: lag().judgeFrames },
  };
}

function absent(facet: readonly { value: string; count: number }[] | undefined): number {
  return facet?.find(({ value }) => value === '')?.count ?? 0;
}

/** Alerts by the hour in which they were raised; what lies before `fromMs` is the span to compare with. */
export function raisedOf(
  recent: readonly PickedValues[],
  { fromMs, hours }: { readonly fromMs: number; readonly hours: number },
): Overview['raised'] {
  const buckets = Array.from({ length: hours }, (_, index) => ({
    from: iso(fromMs + index * HOUR_MS),
    total: 0,
    burning: 0,
  }));
  let total = 0;
  let before = 0;
  for (const { values } of recent) {
    const [raisedAt, outcome] = values;
    const index = Math.floor((Date.parse(String(raisedAt)) - fromMs) / HOUR_MS);
    const bucket = buckets[index];
    if (bucket) {
      total++;
      bucket.total++;
      if (BURNING.includes(String(outcome))) bucket.burning++;
    } else if (index < 0) before++;
  }
  return { total, before, hours: buckets };
}

/** Units that are named, that a source belongs to, or that an open alert was raised in; by path. */
export function unitsOf(
  named: readonly Unit[],
  sources: readonly Source[],
  groups: readonly Pick<RecordGroup, 'values' | 'count'>[],
): UnitState[] {
  const units = new Map<string, UnitState>();
  const at = (unit: string): UnitState => {
    const known = units.get(unit) ?? { unit, sources: 0, openAlerts: 0, burning: 0 };
    units.set(unit, known);
    return known;
  };
  for (const { unit, name, level } of named) Object.assign(at(unit), { name, level });
  for (const { unit, kind, lastEventAt } of sources) {
    // A recording and the platform itself are no sign that a unit's logs come.
    if (kind === 'replay' || kind === 'platform') continue;
    const state = at(unit);
    state.sources++;
    if (lastEventAt !== undefined && lastEventAt > (state.lastLogAt ?? '')) state.lastLogAt = lastEventAt;
  }
  for (const { values, count } of groups) {
    const state = at(String(values[0]));
    state.openAlerts += count;
    if (BURNING.includes(String(values[1]))) state.burning += count;
  }
  return [...units.values()].sort((a, b) => (a.unit < b.unit ? -1 : 1));
}

function sourcesOf(sources: readonly Source[]): NonNullable<Overview['sources']> {
  const silent = sources.flatMap(({ id, name, silentSince }) =>
    silentSince === undefined ? [] : [{ id, name, silentSince }],
  );
  return {
    on: sources.length,
    failed: sources.filter(({ state }) => state === 'failed').length,
    silent: silent.sort((a, b) => (a.silentSince < b.silentSince ? -1 : 1)).slice(0, SILENT),
  };
}

/** One answer serves all who ask the same within this time: a wall and ten desks hear the same hint at once. */
const KEPT_MS = 2000;

/** `overviewOf`, each answer kept for a moment by reach and permissions. */
export function createOverview(
  services: OverviewServices & { readonly clock: { nowMs(): number } },
): (grant: Grant, hours: number) => Promise<Overview> {
  const kept = new Map<string, { readonly untilMs: number; readonly answer: Promise<Overview> }>();
  return (grant, hours) => {
    const nowMs = services.clock.nowMs();
    for (const [key, { untilMs }] of kept) if (untilMs <= nowMs) kept.delete(key);
    const { units, ceiling, realm } = grant.scope;
    const key = JSON.stringify([units, ceiling, realm, [...grant.permissions].sort(), hours]);
    const known = kept.get(key);
    if (known) return known.answer;
    const answer = overviewOf(services, grant, { nowMs, hours });
    kept.set(key, { untilMs: nowMs + KEPT_MS, answer });
    answer.catch(() => kept.delete(key));
    return answer;
  };
}
