/** Whole records for the contract suites, of which a test names only what it is about. */
import type { Alert, Incident, MatchedEvent } from '#kernel/schema/alert.js';
import type { AuditEntry, User } from '#kernel/schema/account.js';

const AT = '2026-03-01T12:00:00.000Z';
const placed = { unit: '/', realm: 'live', classification: 1 as const };

const matched: MatchedEvent = {
  event: {
    id: 'evt_1',
    seq: 1,
    timeMs: 1,
    ingestedMs: 1,
    ...placed,
    source: 'src_1',
    fields: { message: 'hidden words' },
  },
  matched: [],
};

export function alert(wish: Partial<Alert> & { id: string }): Alert {
  return {
    ...placed,
    rule: { id: 'rule_1', version: '0123456789ab', title: 'A rule', tags: [] },
    title: 'Something happened',
    severity: 'medium',
    status: 'new',
    entity: { kind: 'host', value: 'web-1' },
    groupKey: wish.id,
    count: 1,
    firstEventAt: AT,
    lastEventAt: AT,
    raisedAt: AT,
    updatedAt: AT,
    latenessMs: 0,
    outcome: 'unknown',
    first: matched,
    last: matched,
    samples: [],
    applied: { journal: 'jrn_a', frame: 1 },
    ...wish,
  };
}

export function incident(wish: Partial<Incident> & { id: string }): Incident {
  return {
    ...placed,
    title: 'An incident',
    severity: 'medium',
    stage: 'monitor',
    createdBy: 'usr_1',
    createdAt: AT,
    updatedAt: AT,
    stageTimes: {},
    alerts: [],
    ...wish,
  };
}

export function user(wish: Partial<User> & { id: string }): User {
  return {
    ...placed,
    name: wish.id,
    displayName: 'A person',
    roles: ['viewer'],
    units: ['/'],
    realms: ['live'],
    ceiling: 1,
    passwordHash: 'secret-hash',
    enabled: true,
    createdAt: AT,
    failedLogins: 0,
    ...wish,
  };
}

export function auditEntry(wish: Partial<AuditEntry> & { id: string }): AuditEntry {
  return {
    ...placed,
    node: 'node',
    index: 0,
    at: AT,
    actor: 'system',
    actorName: 'system',
    action: 'session.opened',
    target: 'users/usr_1',
    result: 'done',
    bytes: '{}',
    leaf: '00',
    ...wish,
  };
}
