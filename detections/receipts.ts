/** The proof that no event went unexamined: whether the judgements of a journal form an unbroken row. Pure. */
import type { Judgement } from '#kernel/schema/judgement.js';

/** What the check reads of a judgement. */
export type Receipt = Pick<Judgement, 'fromFrame' | 'toFrame' | 'firstSeq' | 'lastSeq' | 'events' | 'note'>;

export interface FrameRange {
  readonly fromFrame: number;
  readonly toFrame: number;
}

export interface ReceiptCheck {
  /** Ranges that are covered without gap or overlap, in order. */
  readonly ranges: readonly FrameRange[];
  /** Frames between them without a judgement. */
  readonly gaps: readonly FrameRange[];
  /** Rows that cover a frame which another one covers as well. */
  readonly overlaps: readonly FrameRange[];
  /** Frames that have a row but could not be read. */
  readonly unread: readonly (FrameRange & { readonly events: number })[];
  /** From the first frame of the row to its last there is neither gap nor overlap. */
  readonly unbroken: boolean;
  /** Last frame up to which every one is judged, from the first of the row; 0 where there is none. */
  readonly judgedThrough: number;
  readonly events: number;
}

/** Collects judgements in the order of their frames, however many there are. */
export class ReceiptRow {
  readonly #ranges: { fromFrame: number; toFrame: number; lastSeq: number }[] = [];
  readonly #gaps: FrameRange[] = [];
  readonly #overlaps: FrameRange[] = [];
  readonly #unread: (FrameRange & { events: number })[] = [];
  #events = 0;

  add(receipt: Receipt): void {
    const { fromFrame, toFrame, firstSeq, lastSeq, events } = receipt;
    this.#events += events;
    const missing = lastSeq - firstSeq + 1 - events;
    if (receipt.note !== undefined || missing > 0)
      this.#unread.push({ fromFrame, toFrame, events: Math.max(0, missing) });
    const last = this.#ranges.at(-1);
    if (last === undefined) {
      this.#ranges.push({ fromFrame, toFrame, lastSeq });
    } else if (fromFrame <= last.toFrame) {
      this.#overlaps.push({ fromFrame, toFrame: Math.min(toFrame, last.toFrame) });
      last.toFrame = Math.max(last.toFrame, toFrame);
      last.lastSeq = Math.max(last.lastSeq, lastSeq);
    } else if (fromFrame === last.toFrame + 1 && firstSeq === last.lastSeq + 1) {
      last.toFrame = toFrame;
      last.lastSeq = lastSeq;
    } else {
      // Frames that touch while their sequences do not: events are missing between two judged frames.
      this.#gaps.push({ fromFrame: last.toFrame + 1, toFrame: Math.max(last.toFrame + 1, fromFrame - 1) });
      this.#ranges.push({ fromFrame, toFrame, lastSeq });
    }
  }

  check(): ReceiptCheck {
    const ranges = this.#ranges.map(({ fromFrame, toFrame }) => ({ fromFrame, toFrame }));
    return {
      ranges,
      gaps: [...this.#gaps],
      overlaps: [...this.#overlaps],
      unread: [...this.#unread],
      unbroken: this.#gaps.length === 0 && this.#overlaps.length === 0,
      judgedThrough: ranges[0]?.toFrame ?? 0,
      events: this.#events,
    };
  }
}

/** Checks judgements of one journal, in any order. */
export function checkReceipts(receipts: readonly Receipt[]): ReceiptCheck {
  const row = new ReceiptRow();
  for (const receipt of [...receipts].sort((a, b) => a.fromFrame - b.fromFrame)) row.add(receipt);
  return row.check();
}
