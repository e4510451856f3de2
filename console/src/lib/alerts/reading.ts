/** What an alert's row and drawer say, read from the alert and its events. */
import type { Entity, MatchedEvent } from '#kernel/schema/alert.js';
import { firstOf, valuesOf } from '$lib/kit/field-rows.js';
import type { NarrowName } from './filters.js';
import { m } from '$lib/paraglide/messages.js';

type Placed = { sourceIp?: string; destinationIp?: string; host?: string; user?: string };

/** The two ends of what happened, as far as they are known. */
export function endsOf(alert: Placed): { from: string | undefined; to: string | undefined } {
  return { from: alert.sourceIp, to: alert.destinationIp ?? alert.host };
}

/** The alert's entity as something to narrow by; undefined where it has none. */
export function entityOf({ entity }: { entity: Entity }): { name: NarrowName } | undefined {
  const names: Record<Entity['kind'], NarrowName | undefined> = {
    ...{ host: 'host', user: 'user', source_ip: 'sourceIp', source: 'entity', none: undefined },
  };
  const name = names[entity.kind];
  return name && { name };
}

/** Why the outcome is what it is, in words where the reason is one of the engine's own. */
export function reasonOf(reason: string | undefined): string | undefined {
  if (reason === 'rule') return m.reason_rule();
  if (reason === 'device blocked') return m.reason_blocked();
  if (reason === 'event.outcome success') return m.reason_success();
  if (reason === 'event.outcome failure') return m.reason_failure();
  const category = /^rule\.category (.+)/s.exec(reason ?? '')?.[1];
  return category === undefined ? reason : m.reason_category({ category });
}

/** All texts of the event that a rule matched, for marking the raw line. */
export function needlesOf(
  matched: MatchedEvent['matched'],
  fields: MatchedEvent['event']['fields'],
): string[] {
  return matched.flatMap(({ path, value }) => {
    // The message as a whole would mark the whole line.
    if (path === 'event.original' || path === 'message') return [];
    const own = valuesOf(fields[path] as never);
    return own.includes(value) ? [value] : own.length === 1 ? own : [value];
  });
}

export function originalOf(event: MatchedEvent['event']): string | undefined {
  return firstOf(event.fields as never, 'event.original', 'message');
}
