/** Judges the cases of a rule file with the matcher that judges everything else. */
import type { Event } from '#kernel/event.js';
import { NONE } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { Correlator, type Firing } from '../correlation/correlator.js';
import { feedMatch, groupedBy, shownBy } from '../correlation/signal.js';
import { entityOf } from '../effects.js';
import type { DetectionRule, SigmaRuleSet } from '../rule-set.js';
import { placeProblems } from '../sigma/place.js';
import type { LoadedRule, RuleMatch } from '../types.js';
import type { Log, PlacedCase } from './case-file.js';
import { eventsOf } from './sequence.js';
import { whyNot } from './why-not.js';

export interface CaseSubject {
  readonly ruleSet: SigmaRuleSet;
  /** The rules of one file. */
  readonly rules: readonly DetectionRule[];
  /** Makes an event as the collectors would. */
  readonly eventOf: (one: Log) => Event;
}

/** A diagnostic for each case that does not come out as it says; `text` and `file` are of the cases. */
export function judgeCases(
  { ruleSet, rules, eventOf }: CaseSubject,
  cases: readonly PlacedCase[],
  text: string,
  file: string,
): Diagnostic[] {
  const problems = cases.flatMap((one) => {
    const failed = judgeCase(one, ruleSet, rules, eventsOf(one.case, eventOf));
    return failed ? [{ ...failed, at: one.at, document: 0 }] : [];
  });
  return placeProblems(text, file, problems);
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

interface Found {
  readonly rule: LoadedRule;
  readonly matched: RuleMatch['matched'];
  /** `host:web`, such as the alert is grouped by. */
  readonly entity: string;
}

function judgeCase(
  { kind, case: { rule: named, group } }: PlacedCase,
  ruleSet: SigmaRuleSet,
  rules: readonly DetectionRule[],
  events: readonly Event[],
): Failure | undefined {
  const meant = rules.filter(({ id }) => named === undefined || id === named);
  if (meant.length === 0)
    return {
      code: 'test.case.no_rule',
      message: `the rule file holds no rule \`${named}\``,
      hint: `it holds ${rules.map(({ id }) => id).join(', ') || 'none that could be loaded'}`,
    };
  const broken: string[] = [];
  const all = findAll(ruleSet, events, ({ id }, error) => broken.push(`${id}: ${String(error)}`));
  if (broken.length > 0)
    return { code: 'test.case.broken', message: broken.join('; '), hint: 'the rule failed on the event' };
  const match = all.find(({ rule }) => meant.some(({ id }) => id === rule.id));
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
      hint: meant.flatMap(({ id }) => reasonsOf(id, ruleSet, events, all)).join('; '),
    };
  return group === undefined || group === match.entity
    ? undefined
    : {
        code: 'test.group.other',
        message: `the match is grouped by \`${match.entity}\`, not \`${group}\``,
        hint: 'set `fenghuo.entity` in the rule, or correct the case',
      };
}

/** Every match of every rule, those of correlations too. */
function findAll(
  ruleSet: SigmaRuleSet,
  events: readonly Event[],
  onError: (rule: LoadedRule, error: unknown) => void,
): readonly Found[] {
  const correlator = new Correlator(ruleSet.correlations);
  const all: Found[] = [];
  const found = (rule: LoadedRule, matched: RuleMatch['matched'], event: Event): void => {
    const { kind, value } = entityOf(rule, event);
    all.push({ rule, matched, entity: `${kind}:${value}` });
  };
  const fired = (firings: readonly Firing[], by?: Event): void => {
    for (const firing of firings) {
      const event = shownBy(firing, by);
      if (event) found(firing.definition.rule, groupedBy(firing), event);
    }
  };
  for (const event of events) {
    fired(correlator.tick(event.ingestedMs));
    for (const match of ruleSet.match(event, onError)) {
      found(match.rule, match.matched, event);
      fired(feedMatch(ruleSet.correlations, correlator, match, event), event);
    }
  }
  fired(correlator.end());
  return all;
}

/** Of a correlation: how often what it refers to matched. */
function reasonsOf(
  id: string,
  ruleSet: SigmaRuleSet,
  events: readonly Event[],
  all: readonly Found[],
): readonly string[] {
  const definition = ruleSet.correlations.definitions.find(({ rule }) => rule.id === id);
  if (!definition) return whyNot(ruleSet.queryOf(id) ?? NONE, events[0]?.fields ?? {});
  const { rules } = definition.correlation;
  return definition.children.map((child, at) => {
    const matches = all.filter(({ rule }) => rule.id === child).length;
    return `\`${rules[at]}\` matched ${matches} times in ${events.length} events`;
  });
}
