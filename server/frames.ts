/** Walks the row of judgements and names what is missing in it. */
import type { JournalState } from '#kernel/ports/journal.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, equals } from '#kernel/query/ast.js';
import { authorizeSystem } from '#trust/access/authorize.js';

export interface FrameRow {
  readonly journal: string;
  readonly judgedThrough: number;
  readonly head: number;
  /** Events of the judged frames. */
  readonly events: number;
  readonly gaps: { readonly from: number; readonly to: number }[];
}

/** Gaps beyond this many are not listed one by one; the first ones tell enough. */
const MOST_GAPS = 100;

/**
 * Remembers how far the row was whole, so that asking again reads only what is new. Judgements are create-only, so what
 * was seen whole stays whole.
 */
export function createFrameRow(
  records: RecordStore,
  journal: { state(): JournalState },
): () => Promise<FrameRow> {
  const { scope } = authorizeSystem('ledger');
  let whole = 0;
  let wholeEvents = 0;
  return async () => {
    const { id, frame: head } = journal.state();
    const gaps: { from: number; to: number }[] = [];
    let expected = whole + 1;
    let events = wholeEvents;
    let cursor: string | undefined;
    do {
      const page = await records.search(scope, 'judgements', {
        query: and(equals('journal', id), { kind: 'compare', path: 'toFrame', op: 'gte', value: expected }),
        sort: { path: 'fromFrame', order: 'asc' },
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { value } of page.items) {
        if (value.fromFrame > expected && gaps.length < MOST_GAPS)
          gaps.push({ from: expected, to: value.fromFrame - 1 });
        expected = Math.max(expected, value.toFrame + 1);
        events += value.events;
        if (gaps.length === 0) [whole, wholeEvents] = [expected - 1, events];
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return { journal: id, judgedThrough: expected - 1, head, events, gaps };
  };
}
