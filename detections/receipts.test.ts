/** The row of judgements: what makes it unbroken, and what is told of what breaks it. */
import { describe, expect, it } from 'vitest';
import { checkReceipts, type Receipt } from './receipts.js';

/** Two events a frame. */
const row = (fromFrame: number, toFrame = fromFrame, more: Partial<Receipt> = {}): Receipt => ({
  fromFrame,
  toFrame,
  firstSeq: fromFrame * 2 - 1,
  lastSeq: toFrame * 2,
  events: (toFrame - fromFrame + 1) * 2,
  ...more,
});

const cases: Record<string, [Receipt[], Partial<ReturnType<typeof checkReceipts>>]> = {
  nothing: [[], { ranges: [], unbroken: true, judgedThrough: 0, events: 0 }],
  'rows that touch, in any order': [
    [row(4, 9), row(1), row(2, 3)],
    { ranges: [{ fromFrame: 1, toFrame: 9 }], gaps: [], unbroken: true, judgedThrough: 9, events: 18 },
  ],
  'a frame left out': [
    [row(1), row(3)],
    { gaps: [{ fromFrame: 2, toFrame: 2 }], unbroken: false, judgedThrough: 1 },
  ],
  'a frame judged twice': [
    [row(1, 3), row(3, 4)],
    { overlaps: [{ fromFrame: 3, toFrame: 3 }], unbroken: false, judgedThrough: 4 },
  ],
  'sequences that do not touch': [
    [row(1), row(2, 2, { firstSeq: 5, lastSeq: 6 })],
    { unbroken: false, judgedThrough: 1 },
  ],
  'frames that could not be read': [
    [row(1), row(2, 3, { events: 0, note: 'unreadable' }), row(4)],
    { unread: [{ fromFrame: 2, toFrame: 3, events: 4 }], unbroken: true, judgedThrough: 4, events: 4 },
  ],
};

describe('checkReceipts', () => {
  for (const [name, [receipts, expected]] of Object.entries(cases))
    it(name, () => expect(checkReceipts(receipts)).toMatchObject(expected));
});
