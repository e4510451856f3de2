/** Hosts, people and addresses that an incident's alerts name, each once, most frequent first. */
import type { AlertRow } from '$lib/api/types.js';

const KINDS = [
  ['host', 'host'],
  ['user', 'user'],
  ['source_ip', 'sourceIp'],
  ['destination_ip', 'destinationIp'],
] as const;

export function involvedIn(
  alerts: readonly Partial<Pick<AlertRow, 'host' | 'user' | 'sourceIp' | 'destinationIp'>>[],
) {
  return KINDS.flatMap(([kind, field]) => {
    const counts = new Map<string, number>();
    for (const alert of alerts) {
      const value = alert[field];
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
    return values.length > 0 ? [{ kind, values }] : [];
  });
}
