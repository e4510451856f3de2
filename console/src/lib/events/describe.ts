/** What a result row says of an event. */
import type { Event } from '#kernel/event.js';
import { firstOf } from '$lib/kit/field-rows.js';

export function hostOf(event: Event): string | undefined {
  return firstOf(event.fields, 'host.name', 'host.hostname', 'observer.name', 'agent.name');
}

export function sourceOf(event: Event): string | undefined {
  return firstOf(
    event.fields,
    'event.dataset',
    'event.module',
    'event.provider',
    'process.name',
    'log.syslog.appname',
  );
}

export function messageOf(event: Event): string {
  return firstOf(event.fields, 'message', 'event.original', 'event.action') ?? '';
}

/** Paths that are worth offering for top values: those of the rows in view, most frequent first. */
export function pathsIn(rows: readonly Event[]): string[] {
  const counts = new Map<string, number>();
  for (const { fields } of rows)
    for (const path of Object.keys(fields)) counts.set(path, (counts.get(path) ?? 0) + 1);
  const dull = new Set(['event.original', 'message', '@timestamp', 'event.created', 'event.ingested']);
  return [...counts]
    .filter(([path]) => !dull.has(path))
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([path]) => path);
}

/** Where in the query an error stands: the text before, the character, the text after. `column` is 1-based. */
export function pointAt(q: string, column: number): { before: string; at: string; after: string } {
  const characters = [...q];
  const index = Math.min(Math.max(column - 1, 0), characters.length);
  return {
    before: characters.slice(0, index).join(''),
    at: characters[index] ?? '␣',
    after: characters.slice(index + 1).join(''),
  };
}
