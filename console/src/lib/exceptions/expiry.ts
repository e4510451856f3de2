/** When exceptions and mutes end: what is offered, and how far it may lie ahead. */
import type { RuleException } from '#kernel/schema/rule.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** As the server holds them. */
export const MOST_DAYS = { exception: 366, mute: 30 } as const;

export const MUTE_SPANS_MS = [HOUR_MS, 8 * HOUR_MS, DAY_MS, 7 * DAY_MS] as const;
export const EXCEPTION_SPANS_MS = [7 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS, 365 * DAY_MS] as const;
export const DEFAULT_SPAN_MS = { mute: 8 * HOUR_MS, exception: 30 * DAY_MS } as const;

/** An end may be chosen until then. */
export function latestEnd(kind: RuleException['kind'], nowMs: number): number {
  return nowMs + MOST_DAYS[kind] * DAY_MS;
}

export function isGoodEnd(kind: RuleException['kind'], endMs: number | undefined, nowMs: number): boolean {
  return endMs !== undefined && endMs > nowMs && endMs <= latestEnd(kind, nowMs);
}

export type ExceptionState = 'active' | 'ended' | 'expired';

export function stateOf(
  { endedAt, expiresAt }: Pick<RuleException, 'endedAt' | 'expiresAt'>,
  nowMs: number,
): ExceptionState {
  if (endedAt !== undefined) return 'ended';
  return Date.parse(expiresAt) > nowMs ? 'active' : 'expired';
}
