/** What the API's routes reach, put together. */
import { join } from 'node:path';
import { createBulk } from '#incidents/bulk.js';
import { createCases } from '#incidents/cases.js';
import type { Outbox } from '#incidents/channels/outbox.js';
import { createTriage } from '#incidents/triage.js';
import { createWorkspace } from '#incidents/workspace.js';
import { iso } from '#kernel/clock.js';
import type { Journal } from '#kernel/ports/journal.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { Identity } from '#trust/identity/identity.js';
import { isLoopback, printAddress, type Address } from '../address.js';
import { authenticatorOf, type ApiServices } from '../api.js';
import { DATA_FOLDERS } from '../backup.js';
import { evidenceFolder } from '../evidence-files.js';
import { createFrameRow } from '../frames.js';
import type { Ground } from '../ground.js';
import type { Jobs } from '../jobs.js';
import { packageVersion } from '../paths.js';
import type { Platform } from '../platform.js';
import type { ReadDisk } from '../retention.js';
import type { Recordings } from '../routes/recordings.js';
import type { Snippets, SourceControl } from '../routes/sources.js';
import { makeSnippets } from '../snippets.js';
import type { StreamHub } from '../stream.js';
import type { Detection } from './detection.js';

export interface Wired {
  readonly ground: Ground;
  readonly journal: Journal;
  readonly detection: Detection;
  readonly identity: Identity;
  readonly jobs: Jobs;
  readonly recordings: Recordings;
  readonly control: SourceControl;
  readonly platform: Platform;
  readonly outbox: Outbox;
  readonly hub: StreamHub;
  readonly disk: ReadDisk;
  /** As bound; undefined where off. */
  readonly ingest: () => Address | undefined;
  readonly syslog: () => Address | undefined;
}

export function apiServices(wired: Wired): ApiServices {
  const { ground, journal, detection, identity } = wired;
  const { records, events, audit, clock, config, node } = ground;
  const { projection, rules, exceptions, lag } = detection;
  const { scope } = authorizeSystem('assignment');
  const work = {
    ...ground,
    groups: projection.groups,
    isAssignable: async (id: string) => (await records.get(scope, 'users', id))?.value.enabled === true,
  };
  const printed = (at: Address | undefined) => (at ? printAddress(at) : null);
  return {
    records,
    events,
    audit,
    clock,
    ids: ground.ids,
    identity,
    authenticator: authenticatorOf(identity),
    triage: createTriage(work),
    bulk: createBulk(work),
    cases: createCases(work),
    workspace: createWorkspace({ ...work, everywhere: scope }),
    evidence: evidenceFolder(join(config.home, DATA_FOLDERS.evidence)),
    rules: rules.book,
    exceptions,
    ledger: { totals: () => projection.ledger.totals(), frames: createFrameRow(records, journal) },
    lag,
    jobs: wired.jobs,
    recordings: wired.recordings,
    sources: wired.control,
    snippets: () => snippetsOf(wired),
    storage: { events, records, journal, disk: wired.disk, config },
    system: {
      version: packageVersion,
      startedAt: iso(ground.startedMs),
      node,
      unit: config.unit,
      listen: printAddress(config.listen),
      ingest: () => printed(wired.ingest()),
      syslog: () => printed(wired.syslog()),
      lag,
      deliveries: async () => ({ ...(await wired.outbox.counts()) }),
      losses: () => wired.platform.losses(),
    },
    hub: wired.hub,
  };
}

/** Keys are needed wherever ingest is off loopback, unless it was opened on purpose. */
export function isKeyless(config: Ground['config'], at: Address): boolean {
  return isLoopback(at.host) || config.ingestOpen;
}

function snippetsOf({ ground: { config }, ingest, syslog }: Wired): Snippets {
  const http = ingest();
  const text = syslog();
  return makeSnippets({
    ...(http && { ingestUrl: `${config.tls ? 'https' : 'http'}://${printAddress(http)}` }),
    ...(text && { syslog: printAddress(text) }),
    keyed: http !== undefined && !isKeyless(config, http),
  });
}
