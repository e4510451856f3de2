/** Verification of a run of audit entries: each is what its bytes and leaf say, and none is missing between. */
import type { AuditEntry } from '#kernel/schema/account.js';
import { entryProblem } from './entry.js';

export interface AuditProblem {
  readonly node: string;
  readonly index: number;
  /** `gap`: entries before this one are missing. `order`: it is a repetition or stands before its predecessor. */
  readonly problem: 'bytes_differ' | 'leaf_differs' | 'id_differs' | 'gap' | 'order';
}

/**
 * Recomputes bytes and leaves and checks contiguity by node, in the order given (oldest first). `from` is the index
 * that a node's run must begin with; absent, any beginning is fine (part of a log).
 */
export function verifyEntries(
  entries: Iterable<AuditEntry>,
  { from }: { readonly from?: number } = {},
): { readonly checked: number; readonly problems: readonly AuditProblem[] } {
  const expected = new Map<string, number>();
  const problems: AuditProblem[] = [];
  let checked = 0;
  for (const entry of entries) {
    const { node, index } = entry;
    const note = (problem: AuditProblem['problem']) => problems.push({ node, index, problem });
    const due = expected.get(node) ?? from ?? index;
    if (index > due) note('gap');
    if (index < due) note('order');
    expected.set(node, Math.max(due, index + 1));
    const problem = entryProblem(entry);
    if (problem) note(problem);
    checked += 1;
  }
  return { checked, problems };
}
