/** Reads the `correlation` of a document (Sigma correlation rules specification 2.1.0, 2025-07-25). Links come later. */
import type { Condition } from './condition.js';
import { readBounds, readExpression, rulesOf, type Bounds } from './correlation-condition.js';
import { isBag, type Bag } from './metadata.js';
import { nearest, type Report } from './problem.js';

export const CORRELATION_TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

export interface SigmaCorrelation {
  readonly type: CorrelationType;
  /** Ids or names, in the order in which they were written: that of `temporal_ordered`. Never empty. */
  readonly rules: readonly string[];
  /** Fields or aliases; empty: one group for all. */
  readonly groupBy: readonly string[];
  /** Alias → rule (as in `rules`) → field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly timespanMs: number;
  readonly bounds: Bounds;
  /** What is counted or computed; several only in `value_count`, where it counts their combinations. */
  readonly fields: readonly string[];
  /** Of `value_percentile`, 0 to 100; absent: the share of each value is compared, in percent. */
  readonly percentile?: number;
  /** The extended condition of `temporal`, over `rules`. */
  readonly expression?: Condition;
  /** The rules that it refers to raise alerts of their own besides. */
  readonly generate: boolean;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** State is kept so long. */
const MOST_TIMESPAN_MS = 31 * 86_400_000;
const MOST_RULES = 100;
const MOST_FIELDS = 10;

/** Undefined when something is wrong; all of it has been reported then. */
export function readCorrelation(document: Bag, report: Report): SigmaCorrelation | undefined {
  let sound = true;
  const told: Report = (problem) => {
    sound &&= problem.severity === 'warning';
    report(problem);
  };
  const correlation = document['correlation'];
  if (!isBag(correlation)) {
    report({
      code: 'sigma.field.type',
      message: '`correlation` must be a map',
      hint: 'it holds type, rules, group-by, timespan, condition',
      at: ['correlation'],
      part: 'key',
    });
    return undefined;
  }
  for (const key of ['detection', 'logsource'])
    if (document[key] !== undefined)
      told({
        code: 'sigma.correlation.misplaced',
        message: `a correlation has no \`${key}\` of its own`,
        hint: 'put it into a rule of its own, a document apart, and name that in `correlation.rules`',
        at: [key],
        part: 'key',
      });
  const type = readType(correlation, told);
  const expression = readExpression(correlation['condition'], type, told);
  const rules = readRules(correlation, expression, told);
  const groupBy = readNames(correlation, 'group-by', told);
  if (correlation['group-by'] === undefined)
    told({
      code: 'sigma.correlation.ungrouped',
      severity: 'warning',
      message: '`group-by` is missing: everything of a unit is one group',
      hint: 'name the fields that must be the same, such as `source.ip`, or write `group-by: []`',
      at: ['correlation'],
      part: 'key',
    });
  const aliases = readAliases(correlation['aliases'], rules, told);
  const timespanMs = readTimespan(correlation, told);
  const condition = readBounds(correlation['condition'], type, rules.length, told);
  if (type?.startsWith('value_')) checkFields(condition.fields, type, told);
  const generate = readGenerate(document, correlation, told);
  if (!sound || type === undefined) return undefined;
  return {
    ...{ type, rules, groupBy, aliases, timespanMs, generate },
    bounds: condition.bounds,
    fields: condition.fields,
    ...(condition.percentile !== undefined && { percentile: condition.percentile }),
    ...(expression && { expression }),
  };
}

function readType(correlation: Bag, report: Report): CorrelationType | undefined {
  const type = correlation['type'];
  const known = CORRELATION_TYPES.find((one) => one === type);
  if (known) return known;
  const missing = type === undefined || type === null;
  const close = missing ? undefined : nearest(String(type), CORRELATION_TYPES);
  report({
    code: missing ? 'sigma.field.missing' : 'sigma.field.value',
    message: missing
      ? '`correlation.type` is missing'
      : `\`correlation.type\` is \`${String(type)}\`, which is none of ${CORRELATION_TYPES.join(', ')}`,
    hint: close ? `did you mean \`${close}\`?` : `take one of ${CORRELATION_TYPES.join(', ')}`,
    at: missing ? ['correlation'] : ['correlation', 'type'],
    ...(missing && { part: 'key' as const }),
  });
  return undefined;
}

function readRules(correlation: Bag, expression: Condition | undefined, report: Report): string[] {
  const given = correlation['rules'];
  // What is wrong with a condition in words has been told.
  if (given === undefined && typeof correlation['condition'] === 'string')
    return expression ? rulesOf(expression) : [];
  const list: unknown = typeof given === 'string' ? [given] : given;
  if (
    !Array.isArray(list) ||
    list.length === 0 ||
    !list.every((one) => typeof one === 'string' && one !== '')
  ) {
    const missing = given === undefined;
    report({
      code: missing ? 'sigma.field.missing' : 'sigma.field.type',
      message: missing
        ? '`correlation.rules` is missing'
        : '`correlation.rules` must list ids or names of rules',
      hint: 'name each rule by its `id` or its `name`, one a line',
      at: missing ? ['correlation'] : ['correlation', 'rules'],
      part: 'key',
    });
    return [];
  }
  const rules = list as string[];
  const twice = rules.findIndex((name, at) => rules.indexOf(name) < at);
  if (twice >= 0)
    report({
      code: 'sigma.field.value',
      message: `\`${rules[twice] ?? ''}\` is named twice`,
      hint: 'name each rule once; that it must match twice is what `event_count` says',
      at: ['correlation', 'rules', twice],
    });
  if (rules.length > MOST_RULES)
    report({
      code: 'sigma.document.too_large',
      message: `a correlation refers to at most ${MOST_RULES} rules`,
      hint: 'join some of them in a correlation of their own',
      at: ['correlation', 'rules'],
      part: 'key',
    });
  for (const name of expression ? rulesOf(expression) : [])
    if (!rules.includes(name))
      report({
        code: 'sigma.correlation.condition',
        message: `the condition names \`${name}\`, which is not among \`rules\``,
        hint: 'add it to `rules`, or leave `rules` out',
        at: ['correlation', 'condition'],
      });
  return rules;
}

function readNames(correlation: Bag, key: string, report: Report): string[] {
  const given = correlation[key];
  if (given === undefined || given === null) return [];
  const list: unknown = typeof given === 'string' ? [given] : given;
  if (
    Array.isArray(list) &&
    list.length <= MOST_FIELDS &&
    list.every((one) => typeof one === 'string' && one.trim() !== '')
  )
    return [...new Set(list as string[])];
  report({
    code: 'sigma.field.type',
    message: `\`correlation.${key}\` must list at most ${MOST_FIELDS} names of fields`,
    hint: 'one a line, such as `- source.ip`',
    at: ['correlation', key],
    part: 'key',
  });
  return [];
}

function readAliases(
  given: unknown,
  rules: readonly string[],
  report: Report,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const aliases = new Map<string, ReadonlyMap<string, string>>();
  if (given === undefined || given === null) return aliases;
  if (!isBag(given)) {
    report({
      code: 'sigma.field.type',
      message: '`correlation.aliases` must be a map',
      hint: 'it maps an alias to the field of each rule',
      at: ['correlation', 'aliases'],
      part: 'key',
    });
    return aliases;
  }
  for (const [alias, mapping] of Object.entries(given)) {
    const at = ['correlation', 'aliases', alias];
    if (
      !isBag(mapping) ||
      !Object.values(mapping).every((field) => typeof field === 'string' && field !== '')
    ) {
      report({
        code: 'sigma.correlation.alias',
        message: `the alias \`${alias}\` must map names of rules to fields`,
        hint: 'write `<rule>: <field>` below it, one a line',
        at,
        part: 'key',
      });
      continue;
    }
    for (const rule of Object.keys(mapping))
      if (!rules.includes(rule)) {
        const close = nearest(rule, rules);
        report({
          code: 'sigma.correlation.alias',
          message: `the alias \`${alias}\` speaks of \`${rule}\`, which is not among \`rules\``,
          hint: close ? `did you mean \`${close}\`?` : 'name the rule as `rules` does',
          at: [...at, rule],
          part: 'key',
        });
      }
    for (const rule of rules)
      if (!Object.hasOwn(mapping, rule))
        report({
          code: 'sigma.correlation.alias',
          severity: 'warning',
          message: `the alias \`${alias}\` says nothing of \`${rule}\``,
          hint: `add the rule's field; else its events are taken to have a field \`${alias}\``,
          at,
          part: 'key',
        });
    aliases.set(alias, new Map(Object.entries(mapping as Readonly<Record<string, string>>)));
  }
  return aliases;
}

function readTimespan(correlation: Bag, report: Report): number {
  const given = correlation['timespan'];
  const wrong = (message: string, hint: string): number => {
    report({
      code: given === undefined ? 'sigma.field.missing' : 'sigma.correlation.timespan',
      message,
      hint,
      at: given === undefined ? ['correlation'] : ['correlation', 'timespan'],
      ...(given === undefined && { part: 'key' as const }),
    });
    return 0;
  };
  if (given === undefined)
    return wrong('`correlation.timespan` is missing', 'add it, such as `timespan: 10m`');
  const [, count, unit = ''] = /^(\d{1,9})([A-Za-z])$/.exec(String(given)) ?? [];
  const lengthMs = UNITS[unit];
  if (count === undefined || lengthMs === undefined)
    return wrong(
      `\`${String(given)}\` is no timespan`,
      ['w', 'M', 'y'].includes(unit)
        ? 'the specification knows s, m, h and d: write it in days'
        : 'write a number and one of s, m, h, d, such as `90m`',
    );
  const ms = Number(count) * lengthMs;
  if (ms > 0 && ms <= MOST_TIMESPAN_MS) return ms;
  return wrong(
    `the timespan \`${String(given)}\` is ${ms === 0 ? 'empty' : 'longer than 31 days'}`,
    'state is kept in memory for so long: choose between 1s and 31d',
  );
}

function checkFields(fields: readonly string[], type: CorrelationType, report: Report): void {
  if (fields.length === 1 || (fields.length > 1 && type === 'value_count')) return;
  report({
    code: fields.length === 0 ? 'sigma.field.missing' : 'sigma.field.value',
    message:
      fields.length === 0
        ? `\`${type}\` needs \`condition.field\``
        : `\`${type}\` is computed of one field, not of ${fields.length}`,
    hint: fields.length === 0 ? 'name the field whose values are taken' : 'write one correlation a field',
    at: ['correlation', 'condition', ...(fields.length === 0 ? [] : ['field'])],
    part: 'key',
  });
}

/** The schema has it beside `correlation`, other tools within. */
function readGenerate(document: Bag, correlation: Bag, report: Report): boolean {
  const within = correlation['generate'] !== undefined;
  const given = within ? correlation['generate'] : document['generate'];
  if (given === undefined || typeof given === 'boolean') return given === true;
  report({
    code: 'sigma.field.type',
    message: '`generate` must be true or false',
    hint: 'true: the rules it refers to raise alerts of their own, too',
    at: within ? ['correlation', 'generate'] : ['generate'],
  });
  return false;
}
