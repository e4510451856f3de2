/** The state of correlations as a record, and back. */
import type { CorrelationState, Signal } from '#kernel/schema/correlation.js';
import { valueOf, type Runtime } from './correlator.js';
import { Group } from './group.js';

export function dumpState(runtimes: ReadonlyMap<string, Runtime>): CorrelationState {
  const signals: Signal[] = [];
  const known = new Map<Signal, number>();
  const indexOf = (signal: Signal): number => {
    const at = known.get(signal) ?? signals.push(signal) - 1;
    known.set(signal, at);
    return at;
  };
  const groups = [...runtimes].flatMap(([correlation, runtime]) =>
    [...runtime.groups.values()].map((group) => ({
      correlation,
      group: group.key,
      values: [...group.values],
      touchedMs: group.touchedMs,
      greatestMs: group.greatestMs,
      entries: group.entries.map(({ signal, child, fired, told, brings }) => ({
        ...{ signal: indexOf(signal), child },
        ...(fired && { fired }),
        ...(told && { told }),
        ...(brings.length > 0 && { brings: brings.map(indexOf) }),
      })),
      ...(group.kept && { kept: group.kept }),
    })),
  );
  const greatest = [...runtimes].flatMap(([correlation, runtime]) =>
    [...runtime.greatest].map(([partition, timeMs]) => ({ correlation, partition, timeMs })),
  );
  return { signals, groups, greatest };
}

/** Into empty runtimes; what is of other correlations than theirs is left out. */
export function loadState(state: CorrelationState, runtimes: ReadonlyMap<string, Runtime>): void {
  for (const runtime of runtimes.values()) {
    runtime.groups.clear();
    runtime.greatest.clear();
    runtime.signals = 0;
  }
  for (const { correlation, partition, timeMs } of state.greatest)
    runtimes.get(correlation)?.greatest.set(partition, timeMs);
  for (const one of state.groups) {
    const runtime = runtimes.get(one.correlation);
    if (runtime === undefined) continue;
    const group = new Group(one.group, one.group.slice(0, one.group.lastIndexOf('\n') + 1), one.values);
    group.touchedMs = one.touchedMs;
    group.kept = one.kept;
    for (const { signal: at, child, fired = false, told = false, brings = [] } of one.entries) {
      const signal = state.signals[at] as Signal;
      const fields = runtime.definition.readings[child]?.get(signal.rule)?.fields ?? [];
      const value = valueOf(runtime.definition, fields, signal);
      const entry = {
        ...{ signal, child, fired, told },
        value: typeof value === 'symbol' ? undefined : value,
        brings: brings.map((index) => state.signals[index] as Signal),
      };
      group.load(entry, runtime.plan);
    }
    // The greatest time may be of an entry that is forgotten.
    group.greatestMs = one.greatestMs;
    runtime.groups.set(group.key, group);
    runtime.signals += group.entries.length;
  }
}
