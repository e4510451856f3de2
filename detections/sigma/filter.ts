/** Filters: what is added to the condition of many rules at once (Sigma filters specification 2.0.0, 2024-08-08). */
import type { Query } from '#kernel/query/ast.js';
import { compileDetection } from './detection.js';
import type { Applied, AskedField, MapRule } from './mapping.js';
import { isBag, readerOf, readLogSource, type Bag } from './metadata.js';
import type { Problem, Report } from './problem.js';
import type { SigmaRule } from './rule.js';
import type { LogSource } from './taxonomy.js';

export interface SigmaFilter {
  readonly title: string;
  /** Rules of another log source are left alone; what it does not name, any rule may have. */
  readonly logsource: LogSource;
  /** Ids and names; undefined: all rules of the log source. */
  readonly rules: readonly string[] | undefined;
  /** Selections and condition, as written: a field's paths depend on the rule that is filtered. */
  readonly body: Bag;
}

/** Undefined when something is wrong; all of it has been reported then. */
export function readFilter(document: Bag, map: MapRule, report: Report): SigmaFilter | undefined {
  let sound = true;
  const told: Report = (problem) => {
    sound &&= problem.severity === 'warning';
    report(problem);
  };
  const title = readerOf(document, told).text('title', true) ?? '';
  const logsource = readLogSource(document['logsource'], told);
  const filter = document['filter'];
  if (!isBag(filter)) {
    report({
      code: 'sigma.field.type',
      message: '`filter` must be a map',
      hint: 'it holds `rules`, named selections and a `condition`',
      at: ['filter'],
      part: 'key',
    });
    return undefined;
  }
  const { rules, ...body } = filter;
  const named = readRules(rules, told);
  compileDetection(body, map(logsource).field, told, 'filter');
  return sound ? { title, logsource, rules: named, body } : undefined;
}

function readRules(rules: unknown, report: Report): readonly string[] | undefined {
  if (rules === 'any') return undefined;
  const list = typeof rules === 'string' ? [rules] : rules;
  if (Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string')) return list;
  report({
    code: rules === undefined ? 'sigma.field.missing' : 'sigma.field.type',
    message: '`filter.rules` must list ids or names of rules',
    hint: 'or write `any` for all rules of the log source',
    at: rules === undefined ? ['filter'] : ['filter', 'rules'],
    part: 'key',
  });
  return [];
}

/** Whether the filter is meant for the rule, its log source apart. */
export function names({ rules }: SigmaFilter, { id, name }: SigmaRule): boolean {
  return rules === undefined || rules.includes(id) || (name !== undefined && rules.includes(name));
}

/** Each word of the filter's log source is the rule's. */
export function covers({ logsource }: SigmaFilter, rule: SigmaRule): boolean {
  return (['product', 'category', 'service'] as const).every(
    (key) =>
      logsource[key] === undefined || logsource[key].toLowerCase() === rule.logsource[key]?.toLowerCase(),
  );
}

export interface FilterOfRule {
  /** What must hold of an event beside the rule's own condition; undefined where {@link problems} tell why it cannot. */
  readonly query: Query | undefined;
  readonly problems: readonly Problem[];
  readonly applied: readonly Applied[];
  readonly asked: readonly AskedField[];
}

/** It compiled with its own log source; the rule's changes the paths, and pipelines may leave nothing of it. */
export function filterOfRule({ body }: SigmaFilter, rule: SigmaRule, map: MapRule): FilterOfRule {
  const mapping = map(rule.logsource);
  const problems: Problem[] = [];
  const compiled = compileDetection(
    body,
    mapping.field,
    (problem) => {
      if (problem.severity !== 'warning') problems.push(problem);
    },
    'filter',
  );
  return { query: compiled?.query, problems, applied: mapping.applied(), asked: mapping.asked() };
}
