/** Recordings that were loaded: what of them lies in the stores, and taking it away again. */
import type { OpenGroupMap } from '#incidents/projection/open-groups.js';
import type { EventBus } from '#kernel/bus.js';
import type { Actor, AuditLog } from '#kernel/ports/audit-log.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore, Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import { and, anyOf, equals } from '#kernel/query/ast.js';
import type { Alert, Incident } from '#kernel/schema/alert.js';
import type { Source } from '#kernel/schema/source.js';
import type { Placed, Scope } from '#kernel/scope.js';
import type { Lag } from './lag.js';
import type { Loaded } from './routes/recordings.js';

export interface SampleServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly audit: AuditLog;
  readonly bus: EventBus;
  readonly groups: OpenGroupMap;
  readonly lag: () => Lag;
}

/** Records that are removed in one write. */
const AT_ONCE = 200;
/** What hangs on an incident, by its path `incident`. */
const OF_INCIDENT = ['timeline', 'tasks', 'observables', 'attachments'] as const;

/** Sources that recordings were played through, by recording. */
async function sourcesOf(records: RecordStore, scope: Scope, recording?: string): Promise<Source[]> {
  const query = and(
    equals('kind', 'replay'),
    ...(recording === undefined ? [] : [equals('target', recording)]),
  );
  const page = await records.search(scope, 'sources', { query, limit: 1000 });
  return page.items.map(({ value }) => value).filter(({ target }) => target !== undefined);
}

export async function loadedSamples(
  records: RecordStore,
  scope: Scope,
): Promise<ReadonlyMap<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  for (const { target = '', events } of await sourcesOf(records, scope)) {
    const before = loaded.get(target)?.events ?? 0;
    if (events > 0) loaded.set(target, { events: before + events, alerts: 0, incidents: 0 });
  }
  for (const [id, { events }] of loaded) {
    const { total: alerts } = await records.facets(scope, 'alerts', {
      query: equals('sample', id),
      paths: [],
    });
    const incidents = await incidentsOf(records, scope, id);
    loaded.set(id, { events, alerts, incidents: incidents.filter(({ whole }) => whole).length });
  }
  return loaded;
}

interface Involved {
  readonly incident: Versioned<Incident>;
  /** Never about anything but this sample's alerts, and without evidence: it may go with them. */
  readonly whole: boolean;
  /** Its alerts that are of another origin. */
  readonly rest: readonly string[];
}

/** The incidents that the sample's alerts belong to. */
async function incidentsOf(records: RecordStore, scope: Scope, sample: string): Promise<Involved[]> {
  const { facets } = await records.facets(scope, 'alerts', {
    query: equals('sample', sample),
    paths: ['incident'],
    size: 1000,
  });
  const involved: Involved[] = [];
  for (const { value: id } of facets['incident'] ?? []) {
    const incident = id === '' ? undefined : await records.get(scope, 'incidents', id);
    if (!incident) continue;
    const own = await records.pick(scope, 'alerts', {
      query: and(equals('incident', id), equals('sample', sample)),
      paths: ['incident'],
    });
    const ids = new Set(own.map((alert) => alert.id));
    const rest = incident.value.alerts.filter((alert) => !ids.has(alert));
    const whole = rest.length === 0 && !(await holdsMore(records, scope, id, sample));
    involved.push({ incident, whole, rest });
  }
  return involved;
}

/**
 * Whether evidence was kept with the incident, or alerts of another origin were once in it: who takes those out and puts
 * a sample's in must not make the incident vanish with the sample.
 */
async function holdsMore(records: RecordStore, scope: Scope, id: string, sample: string): Promise<boolean> {
  const ofIncident = equals('incident', id);
  const kept = await records.search(scope, 'attachments', { query: ofIncident, limit: 1 });
  if (kept.total > 0) return true;
  const query = and(ofIncident, equals('kind', 'alert_removed'));
  const taken = await records.search(scope, 'timeline', { query, limit: 1000 });
  for (const { value } of taken.items) {
    const alert = value.from === undefined ? undefined : await records.get(scope, 'alerts', value.from);
    if (alert && alert.value.sample !== sample) return true;
  }
  return false;
}

export interface Removal {
  readonly scope: Scope;
  readonly actor: Actor;
  readonly recording: string;
  readonly progress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Removes what was played from a recording. What the journal still holds is stored and judged first, so that nothing
 * comes up behind. Incidents lose the sample's alerts; those that have no other go with all that hangs on them. The
 * ledger keeps its counts and the judgements stay: they tell what was examined. Gives a sentence of what went.
 */
export async function removeSample(services: SampleServices, removal: Removal): Promise<string> {
  const { records, events, audit } = services;
  const { scope, actor, recording, progress, signal } = removal;
  await settled(services, signal);
  const sources = await sourcesOf(records, scope, recording);
  const involved = await incidentsOf(records, scope, recording);
  const steps = sources.length + involved.length + 1;
  let done = 0;
  const step = () => progress(++done, steps);
  let gone = 0;
  for (const source of sources) {
    gone += await events.discardSource(source.id);
    step();
  }
  for (const one of involved) {
    await (one.whole ? removeIncident(services, removal, one.incident) : unlink(services, scope, one));
    step();
  }
  const alerts = await removeAlerts(services, scope, recording);
  const counts = { events: gone, alerts, incidents: involved.filter(({ whole }) => whole).length };
  await audit.write(
    scope,
    sources.map(({ id }) => ({ kind: 'remove', collection: 'sources', id })),
    [{ actor, action: 'recording.removed', target: `recordings/${recording}`, detail: counts }],
  );
  for (const source of sources) services.bus.emit('source.changed', source);
  step();
  return `${counts.events} events, ${counts.alerts} alerts, ${counts.incidents} incidents`;
}

function hintOf({ id, unit, realm, classification }: Placed & { readonly id: string }) {
  return { id, unit, realm, classification };
}

/** Waits until store and engine have taken what the journal holds now. */
async function settled({ lag }: SampleServices, signal: AbortSignal): Promise<void> {
  const { stored, judged, storeFrames, judgeFrames } = lag();
  const head = Math.max(stored + storeFrames, judged + judgeFrames);
  while (!signal.aborted) {
    const now = lag();
    if (now.stored >= head && now.judged >= head) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  signal.throwIfAborted();
}

async function removeAlerts(
  { records, bus, groups }: SampleServices,
  scope: Scope,
  sample: string,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const { items } = await records.search(scope, 'alerts', {
      query: equals('sample', sample),
      limit: AT_ONCE,
    });
    if (items.length === 0) return removed;
    const outcome = await records.write(
      scope,
      items.map(({ value }) => ({ kind: 'remove', collection: 'alerts', id: value.id })),
    );
    if (!outcome.ok && outcome.reason !== 'absent')
      throw new Error(`alerts cannot be removed: ${outcome.reason}`);
    for (const { value, version } of items) forget(groups, bus, value, version);
    removed += items.length;
  }
}

/** The next match of the group raises an alert of its own. */
function forget(groups: OpenGroupMap, bus: EventBus, alert: Alert, version: number): void {
  groups.closed(alert.groupKey, alert.id, version + 1);
  bus.emit('alert.changed', hintOf(alert));
}

async function removeIncident(
  { records, audit, bus }: SampleServices,
  { scope, actor, recording }: Removal,
  { value }: Versioned<Incident>,
): Promise<void> {
  for (const collection of OF_INCIDENT) await removeAll(records, scope, collection, value.id);
  const { unit, realm, classification, title } = value;
  await audit.write(
    scope,
    [{ kind: 'remove', collection: 'incidents', id: value.id }],
    [
      {
        ...{ actor, action: 'incident.removed', target: `incidents/${value.id}` },
        ...{ detail: { title, recording }, unit, realm, classification },
      },
    ],
  );
  bus.emit('incident.changed', hintOf(value));
}

async function removeAll(
  records: RecordStore,
  scope: Scope,
  collection: (typeof OF_INCIDENT)[number],
  incident: string,
): Promise<void> {
  for (;;) {
    const { items } = await records.search(scope, collection, {
      query: anyOf('incident', [incident]),
      limit: AT_ONCE,
    });
    if (items.length === 0) return;
    await records.write(
      scope,
      items.map(({ value }): WriteOperation => ({ kind: 'remove', collection, id: value.id })),
    );
  }
}

async function unlink(
  { records, bus }: SampleServices,
  scope: Scope,
  { incident, rest }: Involved,
): Promise<void> {
  let current: Versioned<Incident> | undefined = incident;
  while (current) {
    const kept = new Set(rest);
    const value: Incident = { ...current.value, alerts: current.value.alerts.filter((id) => kept.has(id)) };
    const outcome = await records.write(scope, [
      { kind: 'replace', collection: 'incidents', value, version: current.version },
    ]);
    if (outcome.ok) {
      bus.emit('incident.changed', hintOf(value));
      return;
    }
    current = await records.get(scope, 'incidents', incident.value.id);
  }
}
