/** A line of the timeline as a short sentence. */
import type { TimelineEntry } from '#kernel/schema/alert.js';
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
