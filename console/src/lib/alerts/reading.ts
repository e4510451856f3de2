/** What an alert's row and drawer say, read from the alert and its events. */
import type { MatchedEvent } from '#kernel/schema/alert.js';
import { firstOf, valuesOf } from '$lib/kit/field-rows.js';

type Placed = { sourceIp?: string; destinationIp?: string; host?: string; user?: string };

/** The two ends of what happened, as far as they are known. */
export function endsOf(alert: Placed): { from: string | undefined; to: string | undefined } {
  return { from: alert.sourceIp, to: alert.destinationIp ?? alert.host };
}

/** Private, loopback and link-local space (RFC 1918, 4193, 4291, 6598). */
export function isInner(address: string): boolean {
  if (address.includes(':')) return /^(?:f[cd]|fe[89ab]|::1$)/i.test(address);
  return /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    address,
  );
}

export type Direction = 'in' | 'out' | 'inner' | 'outer';

/** Which way it went: from outside in, and so on; undefined without two ends. A named host counts as ours. */
export function directionOf(alert: Placed): Direction | undefined {
  const { from, to } = endsOf(alert);
  if (!from || !to) return undefined;
  const inside = alert.destinationIp ? isInner(alert.destinationIp) : true;
  return isInner(from) ? (inside ? 'inner' : 'out') : inside ? 'in' : 'outer';
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
