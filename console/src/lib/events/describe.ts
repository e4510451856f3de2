/** What a result row says of an event. */
import type { Event } from '#kernel/event.js';
import { firstOf } from '$lib/kit/field-rows.js';
import { m } from '$lib/paraglide/messages.js';

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

/** Heading of a column. */
export function columnName(column: string): string {
  if (column === 'source') return m.col_source();
  if (column === 'host') return m.col_host();
  return column === 'message' ? m.col_message() : column;
}

const TRACED: Readonly<Record<string, string>> = {
  'host.name': 'host',
  'user.name': 'user',
  'user.target.name': 'user',
  'source.ip': 'ip',
  'destination.ip': 'ip',
  'client.ip': 'ip',
  'dns.resolved_ip': 'ip',
  'dns.question.name': 'domain',
  'url.domain': 'domain',
  'destination.domain': 'domain',
  'process.executable': 'process',
  'process.parent.executable': 'process',
  'file.path': 'file',
};

/** Where the graph of a value is, for values that stand in it. */
export function traceHref(path: string, value: string, event: Pick<Event, 'id'>): string | undefined {
  const kind = TRACED[path];
  if (!kind || value.length > 1024) return undefined;
  return `/trace?${new URLSearchParams({ event: event.id, view: 'graph', grown: `${kind}:${value}` })}`;
}
