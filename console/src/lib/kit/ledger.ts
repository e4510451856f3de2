/** The conservation of matches. */
import type { LedgerCounts } from '#kernel/schema/judgement.js';

/** Matches that became nothing we can name: must be 0. */
export function unaccountedOf(counts: LedgerCounts): number {
  const { matches, created, merged, suppressed, excepted, deferred, signalled } = counts;
  return matches - (created + merged + suppressed + excepted + deferred + signalled);
}
