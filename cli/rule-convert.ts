/** `fenghuo rules convert`: rules as queries of others; what cannot be said exactly is refused with its reason. */
import { join } from 'node:path';
import { NONE, type Query } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import type { Converted, Refusal } from '#detections/convert/converted.js';
import { toElasticsearch } from '#detections/convert/elasticsearch.js';
import { countsCase, toKql } from '#detections/convert/kql.js';
import { toSql } from '#detections/convert/sql.js';
import type { DetectionRule, SigmaRuleSet } from '#detections/rule-set.js';

export const TARGETS = ['elasticsearch', 'kql', 'sql'] as const;
export type Target = (typeof TARGETS)[number];

/** `differs`: in what a query finds less than the rule. */
const CONVERTERS: Readonly<
  Record<Target, { convert: (query: Query) => Converted<unknown>; differs?: (query: Query) => string[] }>
> = {
  elasticsearch: { convert: toElasticsearch },
  kql: { convert: toKql, differs: (query) => (countsCase(query) ? ['case'] : []) },
  sql: { convert: toSql },
};

export interface ConvertedRules {
  /** A line of JSON each. */
  readonly lines: readonly string[];
  /** Warnings: a rule that is refused is no faulty rule. */
  readonly refused: readonly Diagnostic[];
}

export function convertRules(ruleSet: SigmaRuleSet, to: Target): ConvertedRules {
  const correlations = new Set(ruleSet.correlations.definitions.map(({ rule }) => rule.id));
  const { convert, differs } = CONVERTERS[to];
  const lines: string[] = [];
  const refused: Diagnostic[] = [];
  for (const rule of ruleSet.rules) {
    const asked = ruleSet.queryOf(rule.id) ?? NONE;
    const made = correlations.has(rule.id) ? CORRELATION : convert(asked);
    if (made.ok) {
      const { id, level, sigma } = rule;
      const line = { ruleId: id, title: sigma.title, level, query: made.query };
      lines.push(JSON.stringify({ ...line, ...(differs && { differs: differs(asked) }) }));
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

function diagnosticOf(rule: DetectionRule, { code, message, remedy }: Refusal): Diagnostic {
  const { id, folder, file } = rule;
  const place = { file: join(folder, file), line: lineOf(rule), column: 1 };
  return { code, severity: 'warning', message: `\`${id}\`: ${message}`, hint: remedy, ...place };
}

/** Where the rule says its id: a file may hold several. 1 where it has none of its own. */
function lineOf({ id, text }: DetectionRule): number {
  const at = text.split('\n').findIndex((line) => /^id\s*:/.test(line) && line.includes(id));
  return Math.max(0, at) + 1;
}
