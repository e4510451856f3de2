/** `fenghuo rules convert`: rules as queries of others; what cannot be said exactly is refused with its reason. */
import { join } from 'node:path';
import { NONE } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import type { Converted, Refusal } from '#detections/convert/converted.js';
import { toSql } from '#detections/convert/sql.js';
import type { DetectionRule, SigmaRuleSet } from '#detections/rule-set.js';

export const TARGETS = ['sql'] as const;

export interface ConvertedRules {
  /** A line of JSON each. */
  readonly lines: readonly string[];
  /** Warnings: a rule that is refused is no faulty rule. */
  readonly refused: readonly Diagnostic[];
}

export function convertRules(ruleSet: SigmaRuleSet): ConvertedRules {
  const correlations = new Set(ruleSet.correlations.definitions.map(({ rule }) => rule.id));
  const lines: string[] = [];
  const refused: Diagnostic[] = [];
  for (const rule of ruleSet.rules) {
    const made = correlations.has(rule.id) ? CORRELATION : toSql(ruleSet.queryOf(rule.id) ?? NONE);
    if (made.ok) {
      const { id, level, sigma } = rule;
      lines.push(JSON.stringify({ ruleId: id, title: sigma.title, level, query: made.query }));
    } else refused.push(...made.refusals.map((refusal) => diagnosticOf(rule, refusal)));
  }
  return { lines, refused };
}

const CORRELATION: Converted<never> = {
  ok: false,
  refusals: [
    {
      code: 'convert.correlation',
      message: 'a correlation looks at several events, and the query at one',
      remedy: 'convert the rules that it refers to, and count or order what they find there',
    },
  ],
};

function diagnosticOf({ id, folder, file }: DetectionRule, { code, message, remedy }: Refusal): Diagnostic {
  const place = { file: join(folder, file), line: 1, column: 1 };
  return { code, severity: 'warning', message: `\`${id}\`: ${message}`, hint: remedy, ...place };
}
