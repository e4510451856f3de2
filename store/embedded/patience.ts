/** A bound on the time of a search that nothing else can run beside: one person's query must not hold up everybody. */
import { FaultError, fault } from '#kernel/errors.js';
import type { Predicate } from '#kernel/query/predicate.js';

/** Longest time of one search of records, whose worker does one thing at a time. */
const LONGEST_MS = 5_000;
/** Calls of a predicate between two looks at the clock. */
const LOOK_EVERY = 16;

/** Wraps the predicates of one search; together they throw `query_too_slow` once its time is over. */
export function patience(longestMs = LONGEST_MS): (holds: Predicate) => Predicate {
  const endMs = performance.now() + longestMs;
  let calls = 0;
  return (holds) => (fields) => {
    calls += 1;
    if (calls % LOOK_EVERY === 0 && performance.now() > endMs)
      throw new FaultError(fault('query_too_slow', { seconds: Math.round(longestMs / 1000) }));
    return holds(fields);
  };
}
