/** Judges the cases of a rule file with the matcher that judges everything else. */
import type { Event } from '#kernel/event.js';
import { NONE } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { entityOf } from '../effects.js';
import type { DetectionRule, SigmaRuleSet } from '../rule-set.js';
import { placeProblems } from '../sigma/place.js';
import type { Case, PlacedCase } from './case-file.js';
import { whyNot } from './why-not.js';

export interface CaseSubject {
  readonly ruleSet: SigmaRuleSet;
  /** The rules of one file. */
  readonly rules: readonly DetectionRule[];
  /** Makes an event as the collectors would. */
  readonly eventOf: (one: Case) => Event;
}

/** A diagnostic for each case that does not come out as it says; `text` and `file` are of the cases. */
export function judgeCases(
  { ruleSet, rules, eventOf }: CaseSubject,
  cases: readonly PlacedCase[],
  text: string,
  file: string,
): Diagnostic[] {
  const problems = cases.flatMap((one) => {
    const failed = judgeCase(one, ruleSet, rules, eventOf(one.case));
    return failed ? [{ ...failed, at: one.at, document: 0 }] : [];
  });
  return placeProblems(text, file, problems);
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

function judgeCase(
  { kind, case: { rule: named, group } }: PlacedCase,
  ruleSet: SigmaRuleSet,
  rules: readonly DetectionRule[],
  event: Event,
): Failure | undefined {
  const meant = rules.filter(({ id }) => named === undefined || id === named);
  if (meant.length === 0)
    return {
      code: 'test.case.no_rule',
      message: `the rule file holds no rule \`${named}\``,
      hint: `it holds ${rules.map(({ id }) => id).join(', ') || 'none that could be loaded'}`,
    };
  const broken: string[] = [];
  const matches = ruleSet
    .match(event, ({ id }, error) => broken.push(`${id}: ${String(error)}`))
    .filter(({ rule }) => meant.some(({ id }) => id === rule.id));
  if (broken.length > 0)
    return { code: 'test.case.broken', message: broken.join('; '), hint: 'the rule failed on the event' };
  const match = matches[0];
  if (kind === 'negative')
    return (
      match && {
        code: 'test.negative.matched',
        message: `\`${match.rule.id}\` matches, and should not`,
        hint: `it holds by ${match.matched.map(({ path, value }) => `\`${path}\`: \`${value}\``).join(', ') || 'what is absent'}`,
      }
    );
  if (!match)
    return {
      code: 'test.positive.missed',
      message: 'no rule of the file matches',
      hint: meant.flatMap(({ id }) => whyNot(ruleSet.queryOf(id) ?? NONE, event.fields)).join('; '),
    };
  const { kind: entity, value } = entityOf(match.rule, event);
  const grouped = `${entity}:${value}`;
  return group === undefined || group === grouped
    ? undefined
    : {
        code: 'test.group.other',
        message: `the match is grouped by \`${grouped}\`, not \`${group}\``,
        hint: 'set `fenghuo.entity` in the rule, or correct the case',
      };
}
