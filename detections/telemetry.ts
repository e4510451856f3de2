/**
 * Whether the logs that a rule listens to come: what the rule sets have heard, kept over restarts. A rule whose logs do
 * not come finds nothing, however good it is.
 */
import { iso, type Clock } from '#kernel/clock.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { Telemetry } from '#kernel/schema/rule.js';
import { LIVE, ROOT_UNIT, type Scope } from '#kernel/scope.js';
import type { Arrival } from './matching/arrivals.js';

/** Logs are fresh for so long after the last of them. */
export const FRESH_MS = 24 * 3_600_000;
/** Log sources that are remembered, at most; the longest silent go first. */
const MOST_SOURCES = 2000;
const SETTING = 'telemetry';

/** What it asks of a set of rules. */
export interface HearingRules {
  arrivals(): ReadonlyMap<string, Arrival>;
  sourceKeyOf(rule: string): string | undefined;
}

export interface TelemetryBook {
  /** What is known now, to be asked of many rules; undefined where there is no such rule. */
  look(): (rule: string) => Telemetry | undefined;
  /** Another set judges from now on. */
  use(rules: HearingRules): void;
  /** Keeps what was heard; called every minute or so, and at the end. */
  flush(): Promise<void>;
}

export interface TelemetryOptions {
  readonly records: RecordStore;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly rules: HearingRules;
}

export async function openTelemetry({
  records,
  scope,
  clock,
  rules: first,
}: TelemetryOptions): Promise<TelemetryBook> {
  const stored = await records.get(scope, 'settings', SETTING);
  const known = readKnown(stored?.value.value);
  let version = stored?.version;
  let rules = first;
  let kept = printKnown(known);

  function listen(): void {
    for (const [key, arrival] of rules.arrivals()) {
      const before = known.get(key);
      const after = latest(before, arrival);
      if (after.lastMs > 0 || after.sampleMs > 0) known.set(key, after);
    }
    if (known.size <= MOST_SOURCES) return;
    const silent = [...known].sort(([, a], [, b]) => newest(a) - newest(b));
    for (const [key] of silent.slice(0, known.size - MOST_SOURCES)) known.delete(key);
  }

  return {
    look() {
      const arrivals = rules.arrivals();
      const nowMs = clock.nowMs();
      return (rule) => {
        const key = rules.sourceKeyOf(rule);
        return key === undefined ? undefined : telemetryOf(latest(known.get(key), arrivals.get(key)), nowMs);
      };
    },
    use(next) {
      listen();
      rules = next;
    },
    async flush() {
      listen();
      const text = printKnown(known);
      if (text === kept) return;
      const value = { id: SETTING, unit: ROOT_UNIT, realm: LIVE, classification: 1, value: text } as const;
      const outcome = await records.write(scope, [
        version === undefined
          ? { kind: 'create', collection: 'settings', value }
          : { kind: 'replace', collection: 'settings', value, version },
      ]);
      // This process alone writes it: a conflict is somebody's hand, and is read anew.
      version = outcome.ok ? outcome.versions[0] : (await records.get(scope, 'settings', SETTING))?.version;
      if (outcome.ok) kept = text;
    },
  };
}

function telemetryOf({ lastMs, sampleMs }: Arrival, nowMs: number): Telemetry {
  return {
    ...(lastMs > 0 && { lastEventAt: iso(lastMs) }),
    ...(sampleMs > 0 && { lastSampleAt: iso(sampleMs) }),
    fresh: lastMs > 0 && nowMs - lastMs <= FRESH_MS,
  };
}

function latest(a: Arrival | undefined, b: Arrival | undefined): Arrival {
  return {
    lastMs: Math.max(a?.lastMs ?? 0, b?.lastMs ?? 0),
    sampleMs: Math.max(a?.sampleMs ?? 0, b?.sampleMs ?? 0),
  };
}

function newest({ lastMs, sampleMs }: Arrival): number {
  return Math.max(lastMs, sampleMs);
}

function printKnown(known: ReadonlyMap<string, Arrival>): string {
  return JSON.stringify([...known].map(([key, { lastMs, sampleMs }]) => [key, lastMs, sampleMs]));
}

/** What does not read as it was written is as if it had not been heard. */
function readKnown(text: string | undefined): Map<string, Arrival> {
  const known = new Map<string, Arrival>();
  let read: unknown;
  try {
    read = JSON.parse(text ?? '[]');
  } catch {
    return known;
  }
  for (const line of Array.isArray(read) ? (read as readonly unknown[]) : []) {
    const [key, lastMs, sampleMs] = Array.isArray(line) ? (line as readonly unknown[]) : [];
    if (typeof key === 'string' && typeof lastMs === 'number' && typeof sampleMs === 'number')
      known.set(key, { lastMs, sampleMs });
  }
  return known;
}
