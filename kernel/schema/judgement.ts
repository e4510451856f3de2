/** The judgement of a frame (create-only; creating it is the commit), and the ledger projected from judgements. */
import Type, { type Static } from 'typebox';
import {
  Applied,
  AttackFacts,
  Deferred,
  Entity,
  Evidence,
  MatchedEvent,
  ReportingDevice,
  RuleReference,
} from './alert.js';
import { CorrelationChange } from './correlation.js';
import {
  ClassificationNumber,
  Instant,
  OutcomeWord,
  placed,
  RealmText,
  SeverityWord,
  UnitPathText,
  words,
} from './pieces.js';

/** matches = created + merged + suppressed + excepted + deferred + signalled. A difference is an alert of its own. */
export const LedgerCounts = Type.Object({
  matches: Type.Integer(),
  created: Type.Integer(),
  merged: Type.Integer(),
  suppressed: Type.Integer(),
  excepted: Type.Integer(),
  deferred: Type.Integer(),
  /** Matches of an informational rule: they enrich, and never make an alert. */
  signalled: Type.Integer(),
  /** Evaluations that failed; the rule did not stop the stream. */
  errors: Type.Integer(),
});
export type LedgerCounts = Static<typeof LedgerCounts>;

/** What a judgement does to one alert. Applying it twice changes nothing. */
export const AlertEffect = Type.Object({
  /** `create`: no open alert of the group was known. The projector merges if one is there after all, and reopens a closed one. */
  kind: words(['create', 'merge'] as const),
  alert: Type.String(),
  groupKey: Type.String(),
  rule: RuleReference,
  severity: SeverityWord,
  unit: UnitPathText,
  realm: RealmText,
  classification: ClassificationNumber,
  entity: Entity,
  outcome: OutcomeWord,
  ...AttackFacts,
  /** Recording that its events come from. */
  sample: Type.Optional(Type.String()),
  count: Type.Integer({ minimum: 1 }),
  firstEventMs: Type.Number(),
  lastEventMs: Type.Number(),
  latenessMs: Type.Number(),
  first: MatchedEvent,
  last: MatchedEvent,
  samples: Type.Array(MatchedEvent),
  /** Of a correlation: the events that made it, those left out that an effect before has named. */
  evidence: Type.Optional(Evidence),
  /** Of alarms: the gravest one's name, where it has one, … */
  title: Type.Optional(Type.String()),
  /** … and the devices that raised them. */
  devices: Type.Optional(Type.Array(ReportingDevice)),
  /** Its matches are counted as deferred: the rule opened too many alerts. */
  deferred: Type.Optional(Deferred),
});
export type AlertEffect = Static<typeof AlertEffect>;

/**
 * `id` is `<journal>/<fromFrame>`. A row of frames without a match may be folded into one range; ranges of one journal
 * touch without gap or overlap: that unbroken row is the proof that no event went unexamined.
 */
export const Judgement = Type.Object(
  {
    ...placed,
    journal: Type.String(),
    fromFrame: Type.Integer({ minimum: 1 }),
    toFrame: Type.Integer({ minimum: 1 }),
    firstSeq: Type.Integer({ minimum: 0 }),
    lastSeq: Type.Integer({ minimum: 0 }),
    events: Type.Integer({ minimum: 0 }),
    /** Hash over the ids and versions of all rules that were loaded. */
    ruleSet: Type.String(),
    judgedAt: Instant,
    /** Only rules that matched or failed. */
    rules: Type.Array(
      Type.Intersect([Type.Object({ rule: Type.String(), version: Type.String() }), LedgerCounts]),
    ),
    effects: Type.Array(AlertEffect),
    /** Matches that exceptions and mutes took, each counted under `excepted` or `suppressed` above too. */
    exceptions: Type.Optional(
      Type.Array(Type.Object({ exception: Type.String(), count: Type.Integer({ minimum: 1 }) })),
    ),
    /** What it fed to the correlations. */
    correlation: Type.Optional(CorrelationChange),
    /** Why frames in this row could not be judged; their events (sequence range less `events`) are a counted loss. */
    note: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { $id: 'Judgement' },
);
export type Judgement = Static<typeof Judgement>;

/** Sum of the judgements of one rule version. */
export const LedgerLine = Type.Object(
  {
    ...placed,
    rule: Type.String(),
    version: Type.String(),
    ...LedgerCounts.properties,
    firstMatchAt: Type.Optional(Instant),
    lastMatchAt: Type.Optional(Instant),
    applied: Applied,
  },
  { $id: 'LedgerLine' },
);
export type LedgerLine = Static<typeof LedgerLine>;

/** How far a projection (or reader) has come in a journal. `id` is `<name>/<journal>`. */
export const ProjectionMark = Type.Object(
  { ...placed, journal: Type.String(), frame: Type.Integer({ minimum: 0 }) },
  { $id: 'ProjectionMark' },
);
export type ProjectionMark = Static<typeof ProjectionMark>;

/** A set of rules, named by its hash: which rule versions a judgement was made under. Create-only. */
export const RuleSetRecord = Type.Object(
  {
    ...placed,
    loadedAt: Instant,
    rules: Type.Array(Type.Object({ rule: Type.String(), version: Type.String() })),
  },
  { $id: 'RuleSetRecord' },
);
export type RuleSetRecord = Static<typeof RuleSetRecord>;
