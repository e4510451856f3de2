/** ATT&CK as the console shows it: tactics, techniques, and the rules that look for them. */
import Type, { type Static } from 'typebox';
import { SeverityWord } from './pieces.js';
import { Rule, Telemetry } from './rule.js';

const Titles = Type.Record(Type.String(), Type.String(), { description: 'by language' });

export const AttackTactic = Type.Object({
  id: Type.String({ description: '`TA0001`' }),
  /** As in the tags of rules: `initial-access`. */
  name: Type.String(),
  titles: Titles,
});
export type AttackTactic = Static<typeof AttackTactic>;

export const AttackTechnique = Type.Object({
  /** `T1059`, or `T1059.001` for one below it. */
  id: Type.String(),
  titles: Titles,
  tactics: Type.Array(Type.String()),
});
export type AttackTechnique = Static<typeof AttackTechnique>;

/** The facts of a version of ATT&CK that the product needs, with the notice that MITRE asks for. */
export const AttackCatalogue = Type.Object({
  version: Type.String(),
  notice: Type.String(),
  licence: Type.String(),
  tactics: Type.Array(AttackTactic),
  techniques: Type.Array(AttackTechnique),
});
export type AttackCatalogue = Static<typeof AttackCatalogue>;

/** A rule that names techniques. `techniques` holds also what the catalogue does not know (withdrawn ones). */
export const AttackRule = Type.Object({
  id: Type.String(),
  title: Type.String(),
  titles: Titles,
  level: SeverityWord,
  enabled: Type.Boolean(),
  logsource: Rule.properties.logsource,
  techniques: Type.Array(Type.String()),
  /** Absent for rules on the platform's own reports. */
  telemetry: Type.Optional(Telemetry),
  /** Alerts of the last days that the reader may see; absent where they may see none at all. */
  alerts: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type AttackRule = Static<typeof AttackRule>;

export const AttackCoverage = Type.Object(
  {
    ...AttackCatalogue.properties,
    rules: Type.Array(AttackRule),
    /** Rules that name no technique. */
    unmapped: Type.Integer({ minimum: 0 }),
    /** Over how many days alerts are counted. */
    days: Type.Integer({ minimum: 1 }),
  },
  { $id: 'AttackCoverage' },
);
export type AttackCoverage = Static<typeof AttackCoverage>;
