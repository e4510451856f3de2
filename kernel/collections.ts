/** The record collections: their types, and the paths that are indexed for filters, sorting and facets. */
import type { Alert, Incident, TimelineEntry } from './schema/alert.js';
import type { Attachment, Observable, Task } from './schema/workspace.js';
import type { BulkChange, SavedView } from './schema/queue.js';
import type { ApiKey, AuditEntry, Session, User } from './schema/account.js';
import type { Judgement, LedgerLine, ProjectionMark, RuleSetRecord } from './schema/judgement.js';
import type { RuleException, RuleSwitch, RuleText } from './schema/rule.js';
import type { Hunt } from './schema/hunt.js';
import type { Delivery, Job, Setting, Source, Unit } from './schema/source.js';

export interface Collections {
  alerts: Alert;
  incidents: Incident;
  timeline: TimelineEntry;
  tasks: Task;
  observables: Observable;
  attachments: Attachment;
  views: SavedView;
  bulkChanges: BulkChange;
  judgements: Judgement;
  ruleSets: RuleSetRecord;
  ledger: LedgerLine;
  projections: ProjectionMark;
  ruleSwitches: RuleSwitch;
  ruleTexts: RuleText;
  exceptions: RuleException;
  hunts: Hunt;
  sources: Source;
  jobs: Job;
  units: Unit;
  users: User;
  sessions: Session;
  keys: ApiKey;
  audit: AuditEntry;
  deliveries: Delivery;
  settings: Setting;
}
export type CollectionName = keyof Collections;

/**
 * Paths that a query, a sort or a facet on the collection may use besides `id`, `unit`, `realm`, `classification`.
 * `faceted` ones have few distinct values or are grouped by people. A path that is not here cannot be asked for.
 */
export const COLLECTIONS: {
  readonly [C in CollectionName]: {
    readonly sortable: readonly string[];
    readonly faceted: readonly string[];
    readonly text: readonly string[];
  };
} = {
  alerts: {
    sortable: [
      ...['raisedAt', 'updatedAt', 'firstEventAt', 'lastEventAt', 'severity', 'outcome'],
      ...['count', 'latenessMs'],
    ],
    faceted: [
      'severity',
      'status',
      'disposition',
      'assignee',
      'rule.id',
      'entity.kind',
      'entity.value',
      'groupKey',
      'host',
      'user',
      'sourceIp',
      'destinationIp',
      'direction',
      'clientIp',
      'deviceAction',
      'sample',
      'outcome',
      'incident',
    ],
    text: ['title'],
  },
  incidents: {
    sortable: ['createdAt', 'updatedAt', 'severity', 'closedAt'],
    faceted: ['stage', 'severity', 'assignee', 'createdBy', 'disposition', 'alerts'],
    text: ['title'],
  },
  timeline: { sortable: ['at'], faceted: ['incident', 'kind', 'actor'], text: [] },
  tasks: { sortable: ['createdAt', 'dueAt'], faceted: ['incident', 'state', 'assignee'], text: ['title'] },
  observables: { sortable: ['createdAt'], faceted: ['incident', 'kind', 'value'], text: [] },
  attachments: { sortable: ['uploadedAt'], faceted: ['incident', 'sha256'], text: ['name'] },
  views: { sortable: ['order', 'createdAt'], faceted: ['owner', 'place', 'shared'], text: ['name'] },
  bulkChanges: { sortable: ['part'], faceted: ['job'], text: [] },
  judgements: { sortable: ['fromFrame', 'toFrame', 'judgedAt'], faceted: ['journal', 'ruleSet'], text: [] },
  ruleSets: { sortable: ['loadedAt'], faceted: [], text: [] },
  ledger: { sortable: ['matches', 'lastMatchAt'], faceted: ['rule', 'version'], text: [] },
  projections: { sortable: ['frame'], faceted: ['journal'], text: [] },
  ruleSwitches: { sortable: ['changedAt'], faceted: ['enabled'], text: [] },
  ruleTexts: { sortable: ['firstLoadedAt'], faceted: ['rule', 'version'], text: [] },
  exceptions: {
    sortable: ['createdAt', 'expiresAt', 'endedAt', 'hits'],
    faceted: ['kind', 'rule', 'owner', 'groupKey'],
    text: ['reason'],
  },
  hunts: { sortable: ['startedAt'], faceted: ['rule', 'startedBy'], text: [] },
  sources: {
    sortable: ['createdAt', 'lastEventAt'],
    faceted: ['kind', 'enabled', 'state', 'target'],
    text: ['name'],
  },
  jobs: { sortable: ['startedAt'], faceted: ['kind', 'state'], text: [] },
  units: { sortable: ['name'], faceted: ['level'], text: ['name'] },
  users: { sortable: ['createdAt', 'name'], faceted: ['name', 'enabled', 'roles'], text: ['displayName'] },
  sessions: { sortable: ['createdAt', 'expiresAt'], faceted: ['user'], text: [] },
  keys: { sortable: ['createdAt', 'name'], faceted: ['name', 'scopes'], text: [] },
  audit: { sortable: ['at', 'index'], faceted: ['node', 'actor', 'action', 'target', 'result'], text: [] },
  deliveries: { sortable: ['createdAt', 'nextAttemptAt'], faceted: ['alert', 'channel', 'state'], text: [] },
  settings: { sortable: [], faceted: [], text: [] },
};
