/** Reads the `condition` of a correlation: bounds on a number, or an expression over rules. */
import { parseCondition, type Condition } from './condition.js';
import type { CorrelationType } from './correlation.js';
import { isBag } from './metadata.js';
import { nearest, type Report } from './problem.js';

export const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
/** All of them must hold. */
export type Bounds = { readonly [O in (typeof OPERATORS)[number]]?: number };

interface ReadCondition {
  readonly bounds: Bounds;
  readonly fields: readonly string[];
  readonly percentile?: number;
}

/** Counts beyond it would have to be kept in memory. */
const MOST_COUNTED = 20_000;
const NOTHING: ReadCondition = { bounds: {}, fields: [] };

/** Of `temporal` and `temporal_ordered` the default is that each of the rules has matched. */
export function readBounds(
  given: unknown,
  type: CorrelationType | undefined,
  rules: number,
  report: Report,
): ReadCondition {
  const at = ['correlation', 'condition'];
  const temporal = type?.startsWith('temporal') ?? false;
  if (typeof given === 'string') return NOTHING;
  if (given === undefined || given === null) {
    if (temporal) return { ...NOTHING, bounds: { gte: rules } };
    report({
      code: 'sigma.field.missing',
      message: '`correlation.condition` is missing',
      hint: 'say how many, such as `condition:` and below it `gte: 10`',
      at: ['correlation'],
      part: 'key',
    });
    return NOTHING;
  }
  if (!isBag(given)) {
    report({
      code: 'sigma.field.type',
      message: '`correlation.condition` must be a map',
      hint: `it holds one or more of ${OPERATORS.join(', ')}`,
      at,
      part: 'key',
    });
    return NOTHING;
  }
  const bounds: { -readonly [O in keyof Bounds]: Bounds[O] } = {};
  for (const [key, value] of Object.entries(given)) {
    if (key === 'field' || key === 'percentile') continue;
    const operator = OPERATORS.find((one) => one === key);
    if (operator === undefined) {
      const close = nearest(key, [...OPERATORS, 'field', 'percentile']);
      report({
        code: 'sigma.correlation.condition',
        message: `\`${key}\` is none of ${OPERATORS.join(', ')}, field, percentile`,
        hint: close ? `did you mean \`${close}\`?` : 'take one of them',
        at: [...at, key],
        part: 'key',
      });
      continue;
    }
    const bound = readNumber(value);
    if (bound === undefined)
      report({
        code: 'sigma.value.type',
        message: `\`${key}\` takes a number, not \`${String(value)}\``,
        hint: 'write a number',
        at: [...at, key],
      });
    else bounds[operator] = bound;
  }
  const counted = type === 'event_count' || type === 'value_count' || temporal;
  if (Object.keys(given).every((key) => !OPERATORS.some((one) => one === key)))
    report({
      code: 'sigma.correlation.condition',
      message: 'the condition has no bound',
      hint: `give at least one of ${OPERATORS.join(', ')}`,
      at,
      part: 'key',
    });
  else if (!canHold(bounds, counted))
    report({
      code: 'sigma.correlation.condition',
      message: 'the condition can never hold',
      hint: 'its bounds contradict each other, or ask for less than nothing',
      at,
    });
  if (counted && Object.values(bounds).some((bound) => bound > MOST_COUNTED))
    report({
      code: 'sigma.correlation.condition',
      message: `more than ${MOST_COUNTED} cannot be counted in one group`,
      hint: 'count in a shorter timespan, or by further fields',
      at,
    });
  if (type === 'temporal_ordered' && bounds.gte !== rules && Object.keys(bounds).length > 0)
    report({
      code: 'sigma.correlation.unsupported',
      message: '`temporal_ordered` holds when all of its rules have matched in their order',
      hint: 'leave `condition` out; for fewer of them write a correlation of those',
      at,
      part: 'key',
    });
  return {
    bounds,
    ...readFields(given['field'], report),
    ...readPercentile(given['percentile'], type, report),
  };
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export function holds(bounds: Bounds, value: number): boolean {
  return (
    (bounds.gt === undefined || value > bounds.gt) &&
    (bounds.gte === undefined || value >= bounds.gte) &&
    (bounds.lt === undefined || value < bounds.lt) &&
    (bounds.lte === undefined || value <= bounds.lte) &&
    (bounds.eq === undefined || value === bounds.eq) &&
    (bounds.neq === undefined || value !== bounds.neq)
  );
}

/** Some number satisfies all bounds; of counts a whole one, of which there is at least one: without an event no window opens. */
function canHold(bounds: Bounds, counted: boolean): boolean {
  const named = Object.values(bounds);
  const step = counted ? 1 : 1e-6;
  const tried = named.flatMap((bound) => [bound - step, bound, bound + step, bound + 2 * step]);
  const whole = counted ? tried.map(Math.ceil).filter((one) => one >= 1) : tried;
  return [...whole, 1].some((one) => holds(bounds, one));
}

function readFields(given: unknown, report: Report): { readonly fields: readonly string[] } {
  if (given === undefined || given === null) return { fields: [] };
  const list: unknown = typeof given === 'string' ? [given] : given;
  if (Array.isArray(list) && list.length <= 10 && list.every((one) => typeof one === 'string' && one !== ''))
    return { fields: list as string[] };
  report({
    code: 'sigma.field.type',
    message: '`condition.field` must name a field, or list at most ten of them',
    hint: 'write `field: user.name`',
    at: ['correlation', 'condition', 'field'],
  });
  return { fields: [] };
}

function readPercentile(
  given: unknown,
  type: CorrelationType | undefined,
  report: Report,
): { readonly percentile?: number } {
  if (given === undefined || given === null) return {};
  const at = ['correlation', 'condition', 'percentile'];
  const percentile = readNumber(given);
  if (type !== undefined && type !== 'value_percentile')
    report({
      code: 'sigma.correlation.condition',
      message: `\`percentile\` belongs to \`value_percentile\`, not to \`${type}\``,
      hint: 'remove it, or change the type',
      at,
      part: 'key',
    });
  else if (percentile === undefined || percentile < 0 || percentile > 100)
    report({
      code: 'sigma.value.type',
      message: `\`percentile\` takes a number from 0 to 100, not \`${String(given)}\``,
      hint: 'such as 95',
      at,
    });
  else return { percentile };
  return {};
}

/** The extended condition: rules joined by `and`, `or`, `not`. Undefined where there is none, or it is wrong. */
export function readExpression(
  given: unknown,
  type: CorrelationType | undefined,
  report: Report,
): Condition | undefined {
  if (typeof given !== 'string') return undefined;
  const at = ['correlation', 'condition'];
  if (type !== undefined && type !== 'temporal') {
    report({
      code: 'sigma.correlation.unsupported',
      message: `a condition in words belongs to \`temporal\`, not to \`${type}\``,
      hint:
        type === 'temporal_ordered'
          ? 'leave it out: all of the rules must match in their order; chain correlations for what is more'
          : `give a map of ${OPERATORS.join(', ')}`,
      at,
    });
    return undefined;
  }
  const parsed = parseCondition(given);
  if (!parsed.ok) {
    report({
      code: 'sigma.condition.syntax',
      message: parsed.message,
      hint: 'join names of rules by `and`, `or`, `not` and parentheses',
      at,
      span: parsed.span,
    });
    return undefined;
  }
  const quantified = find(parsed.condition, (one) => one.kind === 'quantified');
  if (quantified?.kind === 'quantified') {
    report({
      code: 'sigma.correlation.unsupported',
      message: 'quantifiers are for selections, not for rules',
      hint: 'for so many of the rules write `gte: 2` below `condition:`',
      at,
      span: quantified.span,
    });
    return undefined;
  }
  if (evaluate(parsed.condition, () => false)) {
    report({
      code: 'sigma.correlation.condition',
      message: 'the condition holds where nothing has happened',
      hint: 'ask for at least one rule to match',
      at,
    });
    return undefined;
  }
  return parsed.condition;
}

/** Names in the expression, in the order in which they come first. */
export function rulesOf(expression: Condition): string[] {
  const names = new Set<string>();
  find(expression, (one) => {
    if (one.kind === 'selection') names.add(one.name);
    return false;
  });
  return [...names];
}

/** Names that stand under an even number of `not`s: those that a match is looked for of. */
export function positiveRulesOf(expression: Condition, negated = false): Set<string> {
  switch (expression.kind) {
    case 'selection':
      return new Set(negated ? [] : [expression.name]);
    case 'not':
      return positiveRulesOf(expression.of, !negated);
    case 'and':
    case 'or':
      return new Set(expression.of.flatMap((one) => [...positiveRulesOf(one, negated)]));
    case 'quantified':
      return new Set();
  }
}

export function evaluate(expression: Condition, has: (rule: string) => boolean): boolean {
  switch (expression.kind) {
    case 'selection':
      return has(expression.name);
    case 'not':
      return !evaluate(expression.of, has);
    case 'and':
      return expression.of.every((one) => evaluate(one, has));
    case 'or':
      return expression.of.some((one) => evaluate(one, has));
    case 'quantified':
      return false;
  }
}

function find(expression: Condition, wanted: (one: Condition) => boolean): Condition | undefined {
  if (wanted(expression)) return expression;
  switch (expression.kind) {
    case 'and':
    case 'or':
      for (const one of expression.of) {
        const found = find(one, wanted);
        if (found) return found;
      }
      return undefined;
    case 'not':
      return find(expression.of, wanted);
    case 'selection':
    case 'quantified':
      return undefined;
  }
}
