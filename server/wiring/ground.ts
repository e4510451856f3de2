/** What everything stands on, made of opened stores: identifiers, the event map, the audit log, this node's name. */
import type { Logger } from 'pino';
import { createEventBus } from '#kernel/bus.js';
import type { Clock, Identifiers } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import { openAuditLog } from '#trust/audit/audit-log.js';
import type { Config } from '../config.js';
import type { Ground } from '../ground.js';

export interface Stores {
  readonly records: RecordStore;
  readonly events: EventStore;
}

export interface Surroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Identifiers;
  readonly log: Logger;
}

export async function layGround(
  { config, clock, ids, log }: Surroundings,
  { records, events }: Stores,
): Promise<Ground> {
  const bus = createEventBus((error, name) => log.error({ err: error, event: name }, 'a listener failed'));
  const node = await nodeOf(records, ids);
  const audit = await openAuditLog({ records, clock, node });
  return { config, clock, ids, log, bus, records, events, audit, node, startedMs: clock.nowMs() };
}

/** Made once and kept in the records, so that a restored backup goes on with the same audit log. */
async function nodeOf(records: RecordStore, ids: Identifiers): Promise<string> {
  const { scope } = authorizeSystem('node');
  const known = await records.get(scope, 'settings', 'node');
  if (known) return JSON.parse(known.value.value) as string;
  const node = ids.next('jrn').replace('jrn_', 'node_');
  const value = {
    id: 'node',
    unit: ROOT_UNIT,
    realm: LIVE,
    classification: 1,
    value: JSON.stringify(node),
  } as const;
  await records.write(scope, [{ kind: 'create', collection: 'settings', value }]);
  return node;
}
