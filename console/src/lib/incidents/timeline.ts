/** A line of the timeline as a short sentence. */
import type { TimelineEntry } from '#kernel/schema/alert.js';
import type { IncidentEvent } from '$lib/api/types.js';
import { textOf, type WordKind } from '$lib/text/words.js';

interface Names {
  readonly word: (kind: WordKind, value: string) => string;
  readonly name: (id: string) => string;
}

export function timelineSentence(entry: Pick<TimelineEntry, 'kind' | 'from' | 'to'>, names: Names): string {
  const what = names.word('timeline', entry.kind);
  if (entry.kind === 'stage_changed' && entry.from && entry.to) {
    return `${names.word('stage', entry.from)} → ${names.word('stage', entry.to)}`;
  }
  if (entry.kind === 'assigned')
    return entry.to ? `${what} ${names.name(entry.to)}` : (textOf('timeline_unassigned') ?? what);
  if (entry.kind === 'closed' && entry.to)
    return `${what} · ${textOf(`disposition_${entry.to}`) ?? names.word('stage', entry.to)}`;
  return what;
}

export const CLOCKS = ['event', 'ingest'] as const;
/** By when it happened, or by when we came to know of it. */
export type TimelineClock = (typeof CLOCKS)[number];

export type TimelineRow =
  | { readonly id: string; readonly at: string; readonly entry: TimelineEntry }
  | { readonly id: string; readonly at: string; readonly event: IncidentEvent; readonly lateMs: number };

/** What people did and what the logs say, in one order; what people do is known as it happens. */
export function timelineRows(
  entries: readonly TimelineEntry[],
  events: readonly IncidentEvent[],
  clock: TimelineClock,
): readonly TimelineRow[] {
  const rows: TimelineRow[] = [
    ...entries.map((entry) => ({ id: entry.id, at: entry.at, entry })),
    ...events.map((event) => ({
      ...{ id: event.id, at: clock === 'event' ? event.at : event.ingestedAt, event },
      lateMs: Date.parse(event.ingestedAt) - Date.parse(event.at),
    })),
  ];
  return rows.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
