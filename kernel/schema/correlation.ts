/** What judgements carry of correlations: fed in order, the signals of a row of judgements give their state again. */
import Type, { type Static } from 'typebox';
import { MatchedEvent } from './alert.js';
import { ClassificationNumber, RealmText, UnitPathText } from './pieces.js';

/** An event that a rule matched, as correlations keep it: what they read of it, and no more. */
export const Signal = Type.Object({
  /** Whose match it is. */
  rule: Type.String(),
  id: Type.String(),
  seq: Type.Integer(),
  timeMs: Type.Number(),
  ingestedMs: Type.Number(),
  unit: UnitPathText,
  realm: RealmText,
  classification: ClassificationNumber,
  /** Recording that it comes from. */
  sample: Type.Optional(Type.String()),
  /** First value of each path that a correlation reads. */
  fields: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  /** A full copy: of the first event of a window that is judged when it closes, for then no event is at hand. */
  event: Type.Optional(MatchedEvent),
});
export type Signal = Static<typeof Signal>;

/** An entry of a group, by indexes of {@link CorrelationState} `signals`. */
export const CorrelationEntryState = Type.Object({
  signal: Type.Integer(),
  /** Index of the rule that it matched among those that the correlation refers to. */
  child: Type.Integer(),
  fired: Type.Optional(Type.Boolean()),
  told: Type.Optional(Type.Boolean()),
  /** What it was made of, where it is a correlation itself. */
  brings: Type.Optional(Type.Array(Type.Integer())),
});

export const CorrelationState = Type.Object({
  signals: Type.Array(Signal),
  /** Groups in the order in which they were fed last. */
  groups: Type.Array(
    Type.Object({
      /** Rule id and version of the correlation. */
      correlation: Type.String(),
      group: Type.String(),
      values: Type.Array(Type.String()),
      touchedMs: Type.Number(),
      greatestMs: Type.Number(),
      entries: Type.Array(CorrelationEntryState),
      kept: Type.Optional(MatchedEvent),
    }),
  ),
  /** Greatest event time by correlation and what is kept apart (unit, realm, recording). */
  greatest: Type.Array(
    Type.Object({ correlation: Type.String(), partition: Type.String(), timeMs: Type.Number() }),
  ),
});
export type CorrelationState = Static<typeof CorrelationState>;

export const CorrelationChange = Type.Object({
  /** Ingest time up to which windows were closed before the signals were fed, epoch milliseconds. */
  clockMs: Type.Number(),
  /** In the order in which they were fed. */
  signals: Type.Array(Signal),
  /** Signals forgotten for lack of room before they could make an alert. */
  lost: Type.Optional(Type.Array(Type.Object({ rule: Type.String(), count: Type.Integer({ minimum: 1 }) }))),
  /** Now and then the whole state after this judgement: nothing before it needs to be read again. */
  state: Type.Optional(CorrelationState),
});
export type CorrelationChange = Static<typeof CorrelationChange>;
