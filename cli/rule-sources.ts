/** Warnings of `fenghuo rules check`: log sources whose events no normalizer makes, and what would bring them. */
import { join } from 'node:path';
import { printQuery } from '#kernel/query/print.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { nameOfSource } from '#detections/asked-fields.js';
import type { SigmaRuleSet } from '#detections/rule-set.js';
import { placeProblems } from '#detections/sigma/place.js';

/** One for each log source, at the first of its rules. */
export function undelivered(ruleSet: SigmaRuleSet): readonly Diagnostic[] {
  return ruleSet.asked().flatMap(({ logsource, query, delivery, rules }) => {
    const first = ruleSet.rules.find(({ id }) => id === rules[0]);
    if (delivery === undefined || !first) return [];
    const wait = rules.length === 1 ? 'the rule waits' : `${rules.length} rules wait`;
    return placeProblems(first.text, join(first.folder, first.file), [
      {
        code: 'sigma.logsource.unknown',
        severity: 'warning',
        message: `no normalizer makes events of \`${nameOfSource(logsource)}\`: ${wait} for events with ${printQuery(query)}`,
        hint: delivery,
        ...{ at: ['logsource'], part: 'key', document: 0 },
      },
    ]);
  });
}
