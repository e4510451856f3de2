/** What the alerts of an incident name, each value once: addresses, hosts, users, domains, addresses of pages, digests. */
import { textOf, type Event } from '#kernel/event.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { Observable } from '#kernel/schema/workspace.js';

export type ObservableKind = Observable['kind'];
export interface SeenValue {
  readonly kind: ObservableKind;
  readonly value: string;
  /** Alerts that name it. */
  readonly alerts: number;
}

const PATHS: readonly (readonly [string, ObservableKind])[] = [
  ['source.ip', 'ip'],
  ['destination.ip', 'ip'],
  ['client.ip', 'ip'],
  ['dns.resolved_ip', 'ip'],
  ['dns.question.name', 'domain'],
  ['url.domain', 'domain'],
  ['url.full', 'url'],
  ['host.name', 'host'],
  ['user.name', 'user'],
  ['file.hash.sha256', 'hash'],
  ['file.hash.md5', 'hash'],
  ['process.hash.sha256', 'hash'],
  ['file.path', 'file'],
  ['process.command_line', 'process'],
  ['email.from.address', 'mail'],
];
/** Values that are shown; an incident with more is better searched. */
const MOST = 500;
const MOST_CHARACTERS = 2_048;

/** Most named first. */
export function seenIn(alerts: readonly Pick<Alert, 'first' | 'last' | 'samples'>[]): readonly SeenValue[] {
  const counts = new Map<string, { kind: ObservableKind; value: string; alerts: number }>();
  for (const alert of alerts) {
    const own = new Map<string, readonly [ObservableKind, string]>();
    for (const { event } of [alert.first, alert.last, ...alert.samples])
      for (const [path, kind] of PATHS)
        for (const value of textsOf(event, path)) own.set(`${kind} ${value}`, [kind, value]);
    for (const [key, [kind, value]] of own) {
      const found = counts.get(key);
      if (found) found.alerts += 1;
      else counts.set(key, { kind, value, alerts: 1 });
    }
  }
  return [...counts.values()].sort((a, b) => b.alerts - a.alerts).slice(0, MOST);
}

function textsOf({ fields }: Pick<Event, 'fields'>, path: string): readonly string[] {
  const value = fields[path];
  const list = Array.isArray(value) ? value : [textOf(fields, path)];
  return list.flatMap((one) =>
    one === undefined || one === null || String(one) === '' ? [] : [String(one).slice(0, MOST_CHARACTERS)],
  );
}
