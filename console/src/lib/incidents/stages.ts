/** The loop as a spine: what is behind, what burns, what is ahead. */
import type { Incident } from '#kernel/schema/alert.js';
import { STAGES, type Stage } from '#kernel/vocabulary.js';

export interface SpineStage {
  readonly stage: Stage;
  readonly place: 'past' | 'present' | 'ahead';
  /** When it was entered last; absent if it was passed over or lies ahead. */
  readonly at?: string;
  /** Behind, but never entered. */
  readonly skipped: boolean;
}

export function spineOf(incident: Pick<Incident, 'stage' | 'stageTimes'>): SpineStage[] {
  const now = STAGES.indexOf(incident.stage);
  return STAGES.map((stage, index) => {
    const at = index <= now ? incident.stageTimes[stage] : undefined;
    return {
      stage,
      place: index < now ? 'past' : index === now ? 'present' : 'ahead',
      skipped: index < now && at === undefined,
      ...(at !== undefined && { at }),
    };
  });
}

/** The step that a press of the key takes: the nearest one ahead. Closing has a form of its own. */
export function nextStage(next: readonly { to: Stage; back: boolean }[]): Stage | undefined {
  return [...next]
    .filter(({ to, back }) => !back && to !== 'closed')
    .sort((a, b) => STAGES.indexOf(a.to) - STAGES.indexOf(b.to))[0]?.to;
}
