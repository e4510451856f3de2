/** A home full of open alerts, for the benches of queue and console. */
import type { Alert } from '#kernel/schema/alert.js';
import { openEmbeddedStores } from '#store/embedded/open.js';
import { authorizeSystem } from '#trust/access/authorize.js';

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

function alertOf(number: number): Alert {
  const at = new Date(Date.UTC(2026, 10, 1) + number * 1000).toISOString();
  const host = `srv-${number % 3000}`;
  const fields = {
    'host.name': host,
    'user.name': `user${number % 400}`,
    'source.ip': `203.0.113.${number % 250}`,
    message: `Failed password for user${number % 400}`,
  };
  const event = {
    id: `evt_${number}`,
    seq: number + 1,
    timeMs: Date.parse(at),
    ingestedMs: Date.parse(at),
    unit: '/',
    realm: 'live',
    classification: 1 as const,
    source: 'src_bench',
    fields,
  };
  const matched = { event, matched: [{ path: 'message', value: fields.message, selection: 'selection' }] };
  return {
    ...{
      id: `alr_${String(number).padStart(26, '0')}`,
      unit: '/',
      realm: 'live',
      classification: 1,
      title: `Rule ${number % 60}`,
    },
    rule: { id: `rule-${number % 60}`, version: '000000000000', title: `Rule ${number % 60}`, tags: [] },
    severity: SEVERITIES[number % 4] ?? 'low',
    ...{
      status: 'new',
      entity: { kind: 'host', value: host },
      groupKey: `rule-${number % 60}|host:${host}|${number}`,
      count: 1,
    },
    ...{
      firstEventAt: at,
      lastEventAt: at,
      raisedAt: at,
      updatedAt: at,
      latenessMs: 0,
      outcome: 'attempted',
      host,
    },
    ...{
      user: fields['user.name'],
      sourceIp: fields['source.ip'],
      first: matched,
      last: matched,
      samples: [],
    },
    applied: { journal: 'jrn_bench', frame: number + 1 },
  };
}

/** Writes so many open alerts into the records of the home; no server may hold it. */
export async function fillWithAlerts(home: string, count: number): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: console.error };
  const stores = await openEmbeddedStores({ home, clock: { nowMs: () => Date.now() }, log });
  const { scope } = authorizeSystem('bench');
  for (let from = 0; from < count; from += 1000) {
    const operations = Array.from(
      { length: Math.min(1000, count - from) },
      (_, at) => ({ kind: 'create', collection: 'alerts', value: alertOf(from + at) }) as const,
    );
    const outcome = await stores.records.write(scope, operations);
    if (!outcome.ok) throw new Error(outcome.reason);
  }
  await stores.close();
}
