/** Follows the row of judgements, so that the ledger can show whether every frame was judged, once. */
import type { JournalState } from '#kernel/ports/journal.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, equals } from '#kernel/query/ast.js';
import { ReceiptRow, type FrameRange } from '#detections/receipts.js';
import { authorizeSystem } from '#trust/access/authorize.js';

export interface FrameRow {
  readonly journal: string;
  /** Last frame up to which all are judged. */
  readonly judgedThrough: number;
  readonly head: number;
  /** Events of the judged frames. */
  readonly events: number;
  readonly gaps: { readonly from: number; readonly to: number }[];
  /** Frames that are judged twice; like gaps, never to be seen. */
  readonly overlaps: { readonly from: number; readonly to: number }[];
}

/** More than this many are not listed one by one; the first ones tell enough. */
const MOST_LISTED = 100;

/** Judgements are create-only and come in the order of their frames: each is read once, asking again reads what is new. */
export function createFrameRow(
  records: RecordStore,
  journal: { state(): JournalState },
): () => Promise<FrameRow> {
  const { scope } = authorizeSystem('ledger');
  const row = new ReceiptRow();
  let seen = 0;
  let reading: Promise<void> | undefined;

  async function readOn(id: string): Promise<void> {
    let cursor: string | undefined;
    const query = and(equals('journal', id), { kind: 'compare', path: 'fromFrame', op: 'gt', value: seen });
    do {
      const page = await records.search(scope, 'judgements', {
        query,
        sort: { path: 'fromFrame', order: 'asc' },
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { value } of page.items) {
        row.add(value);
        seen = value.fromFrame;
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  return async () => {
    const { id, frame: head } = journal.state();
    reading ??= readOn(id).finally(() => (reading = undefined));
    await reading;
    const { gaps, overlaps, judgedThrough, events } = row.check();
    return { journal: id, head, judgedThrough, events, gaps: listed(gaps), overlaps: listed(overlaps) };
  };
}

function listed(ranges: readonly FrameRange[]): { from: number; to: number }[] {
  return ranges.slice(0, MOST_LISTED).map(({ fromFrame, toFrame }) => ({ from: fromFrame, to: toFrame }));
}
