/** Events and frames for the contract suites: small, readable, of any shape a test asks for. */
import type { Event, Fields, Frame } from '#kernel/event.js';
import type { Classification } from '#kernel/scope.js';

export const DAY_MS = 86_400_000;
/** 2026-03-01T12:00:00Z. */
export const NOON = Date.UTC(2026, 2, 1, 12);

export interface EventWish {
  readonly timeMs?: number;
  readonly unit?: string;
  readonly realm?: string;
  readonly classification?: Classification;
  readonly source?: string;
  readonly fields?: Fields;
}

/** Makes frames of one journal with running numbers and sequences, as the journal would. */
export function frameMaker(journal = 'jrn_a'): (wishes: readonly EventWish[], ingestedMs?: number) => Frame {
  let number = 0;
  let seq = 0;
  return (wishes, ingestedMs = NOON) => {
    const firstSeq = seq + 1;
    const events = wishes.map((wish): Event => {
      seq++;
      return {
        id: `evt_${journal}_${seq}`,
        seq,
        timeMs: wish.timeMs ?? ingestedMs,
        ingestedMs,
        unit: wish.unit ?? '/',
        realm: wish.realm ?? 'live',
        classification: wish.classification ?? 1,
        source: wish.source ?? 'src_test',
        fields: wish.fields ?? { message: `event ${seq}` },
      };
    });
    return { journal, number: ++number, ingestedMs, firstSeq, events };
  };
}
