/** A detection rule as the API shows it, and the switch that people set on it. */
import Type, { type Static } from 'typebox';
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
    /** Path relative to its rule folder. */
    file: Type.String(),
    enabled: Type.Boolean(),
    /** Title in the console's other language, from the rule's `fenghuo.title.<language>` attributes. */
    titles: Type.Record(Type.String(), Type.String()),
    /** Description by language, from the rule's `fenghuo.description.<language>` attributes. */
    descriptions: Type.Optional(Type.Record(Type.String(), Type.String())),
    ledger: LedgerCounts,
    lastMatchAt: Type.Optional(Instant),
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
