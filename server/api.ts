/** All routes of `/api/v1`, by resource. */
import type { Identity } from '#trust/identity/identity.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { Clock, Identifiers } from '#kernel/clock.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { EvidenceFiles } from '#kernel/ports/evidence-files.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { FastifyTypeBox } from './app.js';
import type { Jobs } from './jobs.js';
import type { Lag } from './lag.js';
import type { Authenticator } from './plugins/authentication.js';
import { incidentRoutes } from './routes/incidents.js';
import { stageRoutes } from './routes/stages.js';
import { triageRoutes } from './routes/triage.js';
import type { Bulk } from '#incidents/bulk.js';
import type { Cases } from '#incidents/cases.js';
import type { Workspace } from '#incidents/workspace.js';
import type { Triage } from '#incidents/triage.js';
import { alertGroupRoutes } from './routes/alert-groups.js';
import { bulkRoutes } from './routes/bulk.js';
import { exportRoutes } from './routes/exports.js';
import { similarRoutes } from './routes/similar.js';
import { evidenceRoutes } from './routes/evidence.js';
import { workspaceRoutes } from './routes/workspace.js';
import { viewRoutes } from './routes/views.js';
import { alertListRoutes } from './routes/alerts.js';
import { attackRoutes } from './routes/attack.js';
import { auditRoutes } from './routes/audit.js';
import type { ExceptionBook } from '#detections/exception-book.js';
import { exceptionRoutes } from './routes/exceptions.js';
import { eventRoutes } from './routes/events.js';
import { huntRoutes } from './routes/hunts.js';
import { jobRoutes } from './routes/jobs.js';
import { keyRoutes } from './routes/keys.js';
import { ledgerRoutes, type LedgerServices } from './routes/ledger.js';
import { recordingRoutes, type Recordings } from './routes/recordings.js';
import { overviewRoutes } from './routes/overview.js';
import { ruleRoutes } from './routes/rules.js';
import { searchRoutes } from './routes/search.js';
import { sessionRoutes } from './routes/session.js';
import { sourceRoutes, type Snippets, type SourceControl } from './routes/sources.js';
import { storageRoutes, type StorageServices } from './routes/storage.js';
import { streamRoutes } from './routes/stream.js';
import { systemRoutes, type SystemServices } from './routes/system.js';
import { tracingRoutes } from './routes/tracing.js';
import { userRoutes } from './routes/users.js';
import type { RuleBook } from './rule-book.js';
import type { StreamHub } from './stream.js';

export interface ApiServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Identifiers;
  readonly identity: Identity;
  readonly authenticator: Authenticator;
  readonly triage: Triage;
  readonly bulk: Bulk;
  readonly cases: Cases;
  readonly workspace: Workspace;
  readonly evidence: EvidenceFiles;
  readonly rules: RuleBook;
  readonly exceptions: ExceptionBook;
  readonly ledger: LedgerServices;
  readonly lag: () => Lag;
  readonly jobs: Jobs;
  readonly recordings: Recordings;
  readonly sources: SourceControl;
  readonly snippets: () => Snippets;
  readonly storage: StorageServices;
  readonly system: SystemServices;
  readonly hub: StreamHub;
}

export function registerApi(app: FastifyTypeBox, services: ApiServices): void {
  sessionRoutes(app, services.identity);
  userRoutes(app, { records: services.records, accounts: services.identity.accounts });
  keyRoutes(app, { records: services.records, keys: services.identity.keys });
  alertListRoutes(app, services);
  alertGroupRoutes(app, services);
  similarRoutes(app, services);
  bulkRoutes(app, services);
  viewRoutes(app, services);
  exportRoutes(app, services);
  triageRoutes(app, services);
  incidentRoutes(app, services);
  workspaceRoutes(app, services);
  evidenceRoutes(app, services);
  stageRoutes(app, services);
  eventRoutes(app, services);
  tracingRoutes(app, services);
  searchRoutes(app, services);
  ruleRoutes(app, services);
  attackRoutes(app, services);
  exceptionRoutes(app, services);
  ledgerRoutes(app, services.ledger);
  overviewRoutes(app, services);
  sourceRoutes(app, services);
  recordingRoutes(app, services);
  huntRoutes(app, services);
  jobRoutes(app, services);
  storageRoutes(app, services.storage);
  auditRoutes(app, services);
  systemRoutes(app, services.system);
  streamRoutes(app, services);
}

/** Sessions and keys of the identity services as the guard asks for them. */
export function authenticatorOf(identity: Identity): Authenticator {
  return {
    session: (token, address) => identity.sessions.find(token, address),
    peek: (token, address) => identity.sessions.peek(token, address),
    key: (secret, address) => identity.keys.find(secret, address),
  };
}
