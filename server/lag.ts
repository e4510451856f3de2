/** How far the journal's two readers are behind, told by the bus. */
import type { EventBus } from '#kernel/bus.js';
import type { JournalState } from '#kernel/ports/journal.js';

export interface Lag {
  /** Frames accepted and not yet searchable. */
  readonly storeFrames: number;
  /** Frames accepted and not yet judged. */
  readonly judgeFrames: number;
  readonly stored: number;
  readonly judged: number;
}

export function trackLag(
  bus: EventBus,
  journal: { state(): JournalState },
  start: { readonly stored: number; readonly judged: number },
): () => Lag {
  let { stored, judged } = start;
  bus.on('frame.stored', ({ frame }) => (stored = Math.max(stored, frame)));
  bus.on('frame.judged', ({ frame }) => (judged = Math.max(judged, frame)));
  return () => {
    const { frame } = journal.state();
    return {
      storeFrames: Math.max(0, frame - stored),
      judgeFrames: Math.max(0, frame - judged),
      stored,
      judged,
    };
  };
}
