/** A match as correlations are fed it: what they read of the event, and no more. Pure. */
import { bagOf, textOf, type Event, type Scalar } from '#kernel/event.js';
import type { MatchedValue } from '#kernel/schema/alert.js';
import type { Signal } from '#kernel/schema/correlation.js';
import { matchedEventOf, sampleOf } from '../effects.js';
import type { RuleMatch } from '../types.js';
import type { Correlator, Firing } from './correlator.js';
import type { Correlations } from './definition.js';

/** Values are compared by so many characters, at most. */
const MOST_LENGTH = 1_024;

function signalOf(rule: string, event: Event, paths: readonly string[]): Signal {
  const fields: Record<string, Scalar> = {};
  for (const path of paths) {
    const value = bagOf(event.fields, path);
    if (value === undefined) continue;
    if (typeof value === 'number' || typeof value === 'boolean') fields[path] = value;
    else fields[path] = (textOf(event.fields, path) ?? '').slice(0, MOST_LENGTH);
  }
  const { id, seq, timeMs, ingestedMs, unit, realm, classification } = event;
  const sample = sampleOf(event.fields);
  return {
    ...{ rule, id, seq, timeMs, ingestedMs, unit, realm, classification },
    ...(sample !== undefined && { sample }),
    fields,
  };
}

/** Feeds what the correlations read of a match; a match of a rule that none of them refers to costs one look. */
export function feedMatch(
  { leaves }: Correlations,
  correlator: Correlator,
  match: RuleMatch,
  event: Event,
): readonly Firing[] {
  const { rule } = match;
  const read = leaves.get(rule.id);
  if (read === undefined) return [];
  return correlator.add(signalOf(rule.id, event, read), () => matchedEventOf(event, match.matched));
}

/** The event that a match of a correlation is shown by; `by`: the one that was fed. */
export function shownBy({ kept }: Firing, by: Event | undefined): Event | undefined {
  return (kept?.event as Event | undefined) ?? by;
}

/** What the events of the group have in common, as it is shown beside what the last of them matched. */
export function groupedBy({ definition, group }: Firing): MatchedValue[] {
  return definition.correlation.groupBy.map((path, at) => ({
    path,
    value: group.values[at] ?? '',
    selection: 'group-by',
  }));
}
