/** A detection rule as the API shows it, and the switch that people set on it. */
import Type, { type Static } from 'typebox';
import { Applied } from './alert.js';
import { LedgerCounts } from './judgement.js';
import { Instant, placed, SeverityWord, words } from './pieces.js';

/** A problem in a rule, policy or playbook: all are collected, none stops the others. */
export const Diagnostic = Type.Object(
  {
    /** Stable, such as `sigma.condition.unknown_selection`. */
    code: Type.String(),
    severity: words(['error', 'warning'] as const),
    message: Type.String(),
    hint: Type.String(),
    file: Type.String(),
    /** 1-based. */
    line: Type.Integer(),
    column: Type.Integer(),
    endLine: Type.Optional(Type.Integer()),
    endColumn: Type.Optional(Type.Integer()),
  },
  { $id: 'Diagnostic' },
);
export type Diagnostic = Static<typeof Diagnostic>;

/** Whether the logs come that a rule listens to. What was replayed from recordings is told apart: it proves no telemetry. */
export const Telemetry = Type.Object({
  /** When the last of them was received. Absent: never. */
  lastEventAt: Type.Optional(Instant),
  lastSampleAt: Type.Optional(Instant),
  /** Received within the last 24 hours. */
  fresh: Type.Boolean(),
});
export type Telemetry = Static<typeof Telemetry>;

export const Rule = Type.Object(
  {
    id: Type.String(),
    version: Type.String(),
    title: Type.String(),
    description: Type.Optional(Type.String()),
    author: Type.Optional(Type.String()),
    license: Type.Optional(Type.String()),
    level: SeverityWord,
    status: Type.Optional(Type.String()),
    tags: Type.Array(Type.String()),
    references: Type.Array(Type.String()),
    falsePositives: Type.Array(Type.String()),
    logsource: Type.Object({
      product: Type.Optional(Type.String()),
      category: Type.Optional(Type.String()),
      service: Type.Optional(Type.String()),
    }),
    /** Of a correlation: what it refers to. Then `logsource` is empty. */
    correlation: Type.Optional(
      Type.Object({
        type: Type.String(),
        timespanMs: Type.Integer(),
        groupBy: Type.Array(Type.String()),
        rules: Type.Array(Type.String(), { description: 'rule ids' }),
      }),
    ),
    /** Correlations that refer to it. */
    feeds: Type.Optional(Type.Array(Type.String(), { description: 'rule ids' })),
    /** Its matches are signals for them, and raise no alert of their own. */
    silent: Type.Optional(Type.Boolean()),
    /** Path relative to its rule folder. */
    file: Type.String(),
    enabled: Type.Boolean(),
    /** Title in the console's other language, from the rule's `fenghuo.title.<language>` attributes. */
    titles: Type.Record(Type.String(), Type.String()),
    /** Description by language, from the rule's `fenghuo.description.<language>` attributes. */
    descriptions: Type.Optional(Type.Record(Type.String(), Type.String())),
    ledger: LedgerCounts,
    lastMatchAt: Type.Optional(Instant),
    /** Absent for rules on the platform's own reports: it makes none while all is well. */
    telemetry: Type.Optional(Telemetry),
  },
  { $id: 'Rule' },
);
export type Rule = Static<typeof Rule>;

/** A person's switch on a rule; `id` is the rule id. Absent: enabled. */
export const RuleSwitch = Type.Object(
  {
    ...placed,
    enabled: Type.Boolean(),
    changedAt: Instant,
    changedBy: Type.String(),
    reason: Type.Optional(Type.String()),
  },
  { $id: 'RuleSwitch' },
);
export type RuleSwitch = Static<typeof RuleSwitch>;

/** The text of a rule version as it was loaded, kept for good: an alert's rule can be read after the file is gone. `id` is `<rule>@<version>`. */
export const RuleText = Type.Object(
  {
    ...placed,
    rule: Type.String(),
    version: Type.String(),
    title: Type.String(),
    text: Type.String(),
    firstLoadedAt: Instant,
  },
  { $id: 'RuleText' },
);
export type RuleText = Static<typeof RuleText>;

export const EXCEPTION_KINDS = ['exception', 'mute'] as const;

/**
 * What keeps a rule's matches out of the queue, with an owner, a reason and an end. An `exception` says that what the
 * query describes is fine (counted as excepted); a `mute` silences one alert's group for a while (counted as
 * suppressed). It holds for a frame whose ingest time lies before `expiresAt`. `id` is `exc_…`.
 */
export const RuleException = Type.Object(
  {
    ...placed,
    kind: words(EXCEPTION_KINDS),
    rule: Type.String({ description: 'rule id' }),
    ruleTitle: Type.String({ maxLength: 300 }),
    /** Query text over the event, of an `exception`. */
    query: Type.Optional(Type.String({ maxLength: 4096 })),
    /** Of a `mute`. */
    groupKey: Type.Optional(Type.String({ maxLength: 2048 })),
    owner: Type.String({ description: 'user id: who answers for it' }),
    reason: Type.String({ minLength: 1, maxLength: 1000 }),
    expiresAt: Instant,
    createdAt: Instant,
    createdBy: Type.String(),
    /** Ended by a person before its time. */
    endedAt: Type.Optional(Instant),
    endedBy: Type.Optional(Type.String()),
    /** Matches that it took, and the last of them. */
    hits: Type.Integer({ minimum: 0 }),
    lastHitAt: Type.Optional(Instant),
    applied: Type.Optional(Applied),
  },
  { $id: 'RuleException' },
);
export type RuleException = Static<typeof RuleException>;
