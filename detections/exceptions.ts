/** Exceptions and mutes as the engine applies them: what a rule found and people have said not to raise. Pure. */
import type { Event } from '#kernel/event.js';
import { parseQuery } from '#kernel/query/parse.js';
import { compilePredicate, type Predicate } from '#kernel/query/predicate.js';
import type { RuleException } from '#kernel/schema/rule.js';
import { isWithinUnit } from '#kernel/scope.js';

export interface ExceptionSet {
  /** The first that takes a match of the rule; by order of making. */
  taking(rule: string, event: Event, groupKey: string): RuleException | undefined;
}

export const NO_EXCEPTIONS: ExceptionSet = { taking: () => undefined };

interface Ready {
  readonly exception: RuleException;
  readonly expiresMs: number;
  readonly holds: (event: Event, groupKey: string) => boolean;
}

/**
 * Of those that have not been ended. Each holds in its own realm, and for its unit and those below; for what was taken
 * in before its end; never longer. One whose query cannot be read any more takes nothing.
 */
export function exceptionSet(exceptions: readonly RuleException[]): ExceptionSet {
  const byRule = new Map<string, Ready[]>();
  for (const exception of exceptions) {
    if (exception.endedAt !== undefined) continue;
    const holds = conditionOf(exception);
    if (!holds) continue;
    const ready = { exception, expiresMs: Date.parse(exception.expiresAt), holds };
    const before = byRule.get(exception.rule);
    if (before) before.push(ready);
    else byRule.set(exception.rule, [ready]);
  }
  if (byRule.size === 0) return NO_EXCEPTIONS;
  return {
    taking: (rule, event, groupKey) =>
      byRule
        .get(rule)
        ?.find(
          ({ exception, expiresMs, holds }) =>
            event.ingestedMs < expiresMs &&
            event.realm === exception.realm &&
            isWithinUnit(event.unit, exception.unit) &&
            holds(event, groupKey),
        )?.exception,
  };
}

function conditionOf({ kind, query, groupKey }: RuleException): Ready['holds'] | undefined {
  if (kind === 'mute') return groupKey === undefined ? undefined : (_event, key) => key === groupKey;
  if (query === undefined || query.trim() === '') return undefined;
  const parsed = parseQuery(query);
  if (!parsed.ok) return undefined;
  let predicate: Predicate;
  try {
    predicate = compilePredicate(parsed.value);
  } catch {
    return undefined;
  }
  return (event) => predicate(event.fields);
}
