/** An alert: what a rule found about one entity, with its own copy of the events, so that retention cannot empty it. */
import Type, { type Static } from 'typebox';
import { ALERT_STATUSES, DEVICE_ACTIONS, DIRECTIONS, STAGES } from '../vocabulary.js';
import { DispositionWord, EventSchema, Instant, OutcomeWord, placed, SeverityWord, words } from './pieces.js';

/** Where in the event the rule matched. */
export const MatchedValue = Type.Object({
  path: Type.String(),
  value: Type.String({ description: 'the value in the event, cut to 1,024 characters' }),
  /** Name of the rule's selection, or `keywords`. */
  selection: Type.Optional(Type.String()),
});
export type MatchedValue = Static<typeof MatchedValue>;

/** Full copy of an event that matched; text values over 32 KiB are cut and `truncated` names their paths. */
export const MatchedEvent = Type.Object({
  event: EventSchema,
  matched: Type.Array(MatchedValue),
  truncated: Type.Optional(Type.Array(Type.String())),
});
export type MatchedEvent = Static<typeof MatchedEvent>;

/** Names an event without holding it: retention may remove it. */
export const EventReference = Type.Object({
  id: Type.String(),
  seq: Type.Integer({ description: 'ingest sequence within the journal' }),
  timeMs: Type.Number({ description: 'event time, epoch milliseconds' }),
  rule: Type.String({ description: 'id of the rule that it matched' }),
});
export type EventReference = Static<typeof EventReference>;

/** The events whose correlation made an alert. */
export const Evidence = Type.Object({
  total: Type.Integer({ minimum: 0 }),
  /** At most 100 of them, in the order in which they were found. */
  events: Type.Array(EventReference),
});
export type Evidence = Static<typeof Evidence>;
export const MOST_EVIDENCE = 100;

/** The version of the rule that fired. Author and licence stay visible, as DRL 1.1 asks. */
export const RuleReference = Type.Object({
  id: Type.String(),
  version: Type.String({ description: 'first 12 hex digits of the SHA-256 of the rule text' }),
  title: Type.String(),
  author: Type.Optional(Type.String()),
  license: Type.Optional(Type.String()),
  tags: Type.Array(Type.String()),
});
export type RuleReference = Static<typeof RuleReference>;

export const ENTITY_KINDS = ['host', 'user', 'source_ip', 'source', 'none'] as const;
export const Entity = Type.Object({ kind: words(ENTITY_KINDS), value: Type.String() });
export type Entity = Static<typeof Entity>;

/** A device that reported the attack itself, and what it called it. */
export const ReportingDevice = Type.Object({
  name: Type.String({ description: 'vendor, product and name, as far as its logs tell' }),
  /** At most 5 different ones, in the order in which they came. */
  alarms: Type.Array(Type.String()),
  count: Type.Integer({ minimum: 1 }),
  /** The gravest that it said. */
  severity: SeverityWord,
  /** The laxest that it did. */
  action: Type.Optional(words(DEVICE_ACTIONS)),
});
export type ReportingDevice = Static<typeof ReportingDevice>;
export const MOST_ALARM_NAMES = 5;
/** Further devices are in the count of the alert alone. */
export const MOST_DEVICES = 20;

/** Of an alert that tells of a flood: about what its matches were. They have no alerts of their own; `count` is their number. */
export const Deferred = Type.Object({
  /** The first different ones, at most 100. */
  entities: Type.Array(Entity),
  further: Type.Boolean({ description: 'there were others besides' }),
});
export type Deferred = Static<typeof Deferred>;
export const MOST_DEFERRED_ENTITIES = 100;

/** Position in a journal up to which a projection has applied judgements. */
export const Applied = Type.Object({ journal: Type.String(), frame: Type.Integer() });

/** What triage begins with, as the first event that tells it does. Absent where none says so; nothing is guessed. */
export const AttackFacts = {
  host: Type.Optional(Type.String()),
  user: Type.Optional(Type.String()),
  sourceIp: Type.Optional(Type.String()),
  sourcePort: Type.Optional(Type.Integer()),
  destinationIp: Type.Optional(Type.String()),
  destinationPort: Type.Optional(Type.Integer()),
  direction: Type.Optional(words(DIRECTIONS)),
  /** The client behind proxies, where it is not `sourceIp`. */
  clientIp: Type.Optional(Type.String()),
  deviceAction: Type.Optional(words(DEVICE_ACTIONS)),
  /** Why the outcome is what it is: the rule's word, or path and value in the event, such as `http.response.status_code 200`. */
  outcomeReason: Type.Optional(Type.String({ maxLength: 500 })),
};

export const Alert = Type.Object(
  {
    ...placed,
    rule: RuleReference,
    /** The rule's; of an alarm of another device, the device's own name for the gravest. */
    title: Type.String(),
    severity: SeverityWord,
    status: words(ALERT_STATUSES),
    disposition: Type.Optional(DispositionWord),
    conclusion: Type.Optional(Type.String({ maxLength: 4000 })),
    assignee: Type.Optional(Type.String({ description: 'user id' })),
    entity: Entity,
    /** Rule × entity (of alarms: the attack) × unit × realm: what later matches join it by. */
    groupKey: Type.String(),
    count: Type.Integer({ minimum: 1 }),
    firstEventAt: Instant,
    lastEventAt: Instant,
    raisedAt: Instant,
    updatedAt: Instant,
    /** Greatest of (ingest − event time) over its events, milliseconds; negative clocks count as 0. */
    latenessMs: Type.Number(),
    outcome: OutcomeWord,
    ...AttackFacts,
    /** Recording that its events come from; it goes when that sample is removed. */
    sample: Type.Optional(Type.String()),
    first: MatchedEvent,
    last: MatchedEvent,
    /** At most 10 of those between first and last. */
    samples: Type.Array(MatchedEvent),
    /** Only where a correlation made it. */
    evidence: Type.Optional(Evidence),
    /** Only where other devices raised it: each of them, at most 20. */
    devices: Type.Optional(Type.Array(ReportingDevice)),
    /** Only where it tells of matches that came too fast for alerts of their own. */
    deferred: Type.Optional(Deferred),
    /** Incident that it belongs to. */
    incident: Type.Optional(Type.String()),
    applied: Applied,
    /** A match that came while it was being closed opened it again. */
    reopened: Type.Optional(Type.Boolean()),
  },
  { $id: 'Alert' },
);
export type Alert = Static<typeof Alert>;

/** What the queue shows: an alert without its events. */
export const AlertSummary = Type.Object(
  {
    ...Type.Omit(Alert, ['first', 'last', 'samples', 'evidence', 'applied', 'groupKey', 'deferred'])
      .properties,
    isFlood: Type.Optional(
      Type.Boolean({ description: 'it tells of matches that came too fast for alerts of their own' }),
    ),
  },
  { $id: 'AlertSummary' },
);
export type AlertSummary = Static<typeof AlertSummary>;

/** An incident 网络安全事件, walked round the loop by people. */
export const Incident = Type.Object(
  {
    ...placed,
    title: Type.String({ minLength: 1, maxLength: 300 }),
    summary: Type.Optional(Type.String({ maxLength: 8000 })),
    severity: SeverityWord,
    stage: words(STAGES),
    assignee: Type.Optional(Type.String({ description: 'user id' })),
    createdBy: Type.String({ description: 'user or key id' }),
    createdAt: Instant,
    updatedAt: Instant,
    /** When each stage was entered last. */
    stageTimes: Type.Record(Type.String(), Instant),
    alerts: Type.Array(Type.String(), { description: 'alert ids' }),
    disposition: Type.Optional(DispositionWord),
    conclusion: Type.Optional(Type.String({ maxLength: 8000 })),
    closedAt: Type.Optional(Instant),
  },
  { $id: 'Incident' },
);
export type Incident = Static<typeof Incident>;

export const TIMELINE_KINDS = [
  'created',
  'stage_changed',
  'assigned',
  'commented',
  'alert_added',
  'alert_removed',
  'edited',
  'closed',
  'reopened',
  'task_added',
  'task_changed',
  'task_done',
  'evidence_added',
  'evidence_removed',
  'observable_added',
  'observable_removed',
] as const;

/** One line of an incident's timeline; written with the change it tells of, never changed. */
export const TimelineEntry = Type.Object(
  {
    ...placed,
    incident: Type.String(),
    at: Instant,
    actor: Type.String({ description: 'user or key id' }),
    actorName: Type.String(),
    kind: words(TIMELINE_KINDS),
    text: Type.Optional(Type.String({ maxLength: 8000 })),
    from: Type.Optional(Type.String()),
    to: Type.Optional(Type.String()),
  },
  { $id: 'TimelineEntry' },
);
export type TimelineEntry = Static<typeof TimelineEntry>;
