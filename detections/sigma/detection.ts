/** Compiles the `detection` part of a rule: selections, and the condition over them. */
import type { Query } from '#kernel/query/ast.js';
import { patternTest } from '#kernel/query/predicate.js';
import { parseCondition, type Condition, type Span } from './condition.js';
import { allOf, someOf, DROPPED, noneOf } from './dropped.js';
import { compileItem, compileKeywords } from './item.js';
import type { MapField } from './mapping.js';
import { isBag, type Bag } from './metadata.js';
import { parsePattern } from './pattern.js';
import { nearest, type DocumentPath, type Report } from './problem.js';

/** A selection of the rule that the condition may hold by; those that only exclude are left out. */
export interface NamedQuery {
  readonly name: string;
  readonly query: Query;
}

export interface CompiledDetection {
  readonly query: Query;
  readonly selections: readonly NamedQuery[];
}

/** Values that one selection may hold, in all its items. */
const MAX_VALUES = 20_000;

/** The key that the selections and their condition stand under. */
export type DetectionKey = 'detection' | 'filter';

/** Undefined when something is wrong; all of it has been reported then. */
export function compileDetection(
  detection: unknown,
  map: MapField,
  report: Report,
  key: DetectionKey = 'detection',
): CompiledDetection | undefined {
  if (!isBag(detection)) {
    const missing = detection === undefined;
    report({
      code: missing ? 'sigma.field.missing' : 'sigma.field.type',
      message: missing ? `\`${key}\` is missing` : `\`${key}\` must be a map`,
      hint: 'it holds named selections and a `condition`',
      at: missing ? [] : [key],
      part: 'key',
    });
    return undefined;
  }
  const selections = new Map<string, Query | undefined>();
  for (const [name, value] of Object.entries(detection)) {
    if (name === 'condition') continue;
    if (name === 'timeframe') {
      report({
        code: 'sigma.document.unsupported',
        message: '`timeframe` belongs to an aggregation, and the condition has none',
        hint: 'write a correlation rule, or take it away',
        at: [key, name],
        part: 'key',
      });
      selections.delete(name);
      continue;
    }
    selections.set(name, compileSelection(value, [key, name], map, report));
  }
  return compileConditions(detection, selections, report, key);
}

function compileSelection(
  value: unknown,
  at: DocumentPath,
  map: MapField,
  report: Report,
): Query | undefined {
  if (countValues(value) > MAX_VALUES) {
    report({
      code: 'sigma.document.too_large',
      message: `the selection holds more than ${MAX_VALUES} values`,
      hint: 'split the rule',
      at,
      part: 'key',
    });
    return undefined;
  }
  if (isBag(value)) return compileMap(value, at, map, report);
  if (!Array.isArray(value)) {
    if (value !== null && value !== undefined && typeof value !== 'object')
      return compileKeywords(value, at, map, report);
    return empty(at, report);
  }
  if (value.length === 0) return empty(at, report);
  const compiled = value.map((item: unknown, index) => {
    const place = [...at, index];
    if (isBag(item)) return compileMap(item, place, map, report);
    if (Array.isArray(item)) {
      report({
        code: 'sigma.selection.type',
        message: 'a selection cannot hold a list within a list',
        hint: 'write maps or texts, one an entry',
        at: place,
      });
      return undefined;
    }
    return compileKeywords(item, place, map, report);
  });
  return compiled.every((query) => query !== undefined) ? someOf(compiled) : undefined;
}

/** All items of a map must hold. */
function compileMap(bag: Bag, at: DocumentPath, map: MapField, report: Report): Query | undefined {
  const items = Object.entries(bag);
  if (items.length === 0) return empty(at, report);
  const compiled = items.map(([key, value]) => compileItem(key, value, [...at, key], map, report));
  return compiled.every((query) => query !== undefined) ? allOf(compiled) : undefined;
}

function empty(at: DocumentPath, report: Report): undefined {
  report({
    code: 'sigma.selection.empty',
    message: `the selection \`${String(at.at(-1))}\` is empty`,
    hint: 'give it a field with a value, or a list of keywords',
    at,
    part: 'key',
  });
  return undefined;
}

function countValues(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce(
      (sum: number, item: unknown) => (sum > MAX_VALUES ? sum : sum + countValues(item)),
      0,
    );
  if (isBag(value))
    return Object.values(value).reduce(
      (sum: number, item) => (sum > MAX_VALUES ? sum : sum + (Array.isArray(item) ? item.length : 1)),
      0,
    );
  return 1;
}

type Selections = ReadonlyMap<string, Query | undefined>;

function compileConditions(
  detection: Bag,
  selections: Selections,
  report: Report,
  key: DetectionKey,
): CompiledDetection | undefined {
  const given = detection['condition'];
  if (given === undefined || given === null) {
    report({
      code: 'sigma.field.missing',
      message: `\`${key}.condition\` is missing`,
      hint: 'add `condition:`, such as `condition: selection`',
      at: [key],
      part: 'key',
    });
    return undefined;
  }
  // A list of conditions is deprecated, and means that any of them may hold.
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  const used = new Set<string>();
  const positive = new Set<string>();
  const compiled = texts.map((text, index) => {
    const at: DocumentPath = Array.isArray(given) ? [key, 'condition', index] : [key, 'condition'];
    return compileOne(text, at, selections, used, positive, report);
  });
  if (compiled.length === 0)
    report({
      code: 'sigma.field.value',
      message: 'the list of conditions is empty',
      hint: 'write one condition',
      at: [key, 'condition'],
    });
  // After an error in the condition its selections would all look unused.
  if (compiled.every((query) => query !== undefined))
    for (const name of selections.keys())
      if (!used.has(name) && !name.startsWith('_'))
        report({
          code: 'sigma.selection.unused',
          severity: 'warning',
          message: `the condition does not use \`${name}\``,
          hint: 'name it in the condition, or remove it',
          at: [key, name],
          part: 'key',
        });
  if (
    compiled.length === 0 ||
    compiled.some((query) => query === undefined) ||
    [...selections.values()].includes(undefined)
  )
    return undefined;
  const query = someOf(compiled as Query[]);
  if (query === DROPPED) {
    report({
      code: 'sigma.pipeline.nothing_left',
      message: 'the pipelines leave nothing of the condition',
      hint: 'take the fields of this rule out of `drop_detection_item`, or switch the rule off',
      at: [key, 'condition'],
    });
    return undefined;
  }
  return {
    query,
    selections: [...selections].flatMap(([name, one]) =>
      one && one !== DROPPED && positive.has(name) ? [{ name, query: one }] : [],
    ),
  };
}

function compileOne(
  text: unknown,
  at: DocumentPath,
  selections: Selections,
  used: Set<string>,
  positive: Set<string>,
  report: Report,
): Query | undefined {
  if (typeof text !== 'string' || text.trim() === '') {
    report({
      code: 'sigma.field.type',
      message: '`condition` must be a text',
      hint: 'such as `selection and not filter`',
      at,
    });
    return undefined;
  }
  const pipe = text.indexOf('|');
  if (pipe >= 0) {
    report({
      code: 'sigma.condition.aggregation',
      message: 'of several conditions none can have an aggregation',
      hint: 'write a correlation rule instead',
      at,
      span: { from: pipe, to: text.length },
    });
    return undefined;
  }
  const parsed = parseCondition(text);
  if (!parsed.ok) {
    report({
      code: 'sigma.condition.syntax',
      message: parsed.message,
      hint: 'selections are joined by `and`, `or`, `not`, `1 of …`, `all of …` and parentheses',
      at,
      span: parsed.span,
    });
    return undefined;
  }
  let sound = true;
  const complain = (
    code: 'unknown_selection' | 'no_selection_matches' | 'unsupported',
    message: string,
    hint: string,
    span: Span,
  ): Query => {
    sound = false;
    report({ code: `sigma.condition.${code}`, message, hint, at, span });
    return { kind: 'none' };
  };
  const use = (name: string, polarity: boolean): Query => {
    used.add(name);
    if (polarity) positive.add(name);
    return selections.get(name) ?? { kind: 'none' };
  };
  const visit = (node: Condition, polarity: boolean): Query => {
    switch (node.kind) {
      case 'and':
        return allOf(node.of.map((part) => visit(part, polarity)));
      case 'or':
        return someOf(node.of.map((part) => visit(part, polarity)));
      case 'not':
        return noneOf(visit(node.of, !polarity));
      case 'selection': {
        if (selections.has(node.name)) return use(node.name, polarity);
        const close = nearest(node.name, selections.keys());
        return complain(
          'unknown_selection',
          `the selection \`${node.name}\` is not defined`,
          close
            ? `did you mean \`${close}\`?`
            : `defined are: ${[...selections.keys()].join(', ') || 'none'}`,
          node.span,
        );
      }
      case 'quantified': {
        if (typeof node.quantifier === 'number')
          return complain(
            'unsupported',
            `\`${node.quantifier} of\` is not supported`,
            'write `1 of` or `all of`',
            node.span,
          );
        const names = namesOf(node.target, selections);
        if (names.length === 0)
          return complain(
            'no_selection_matches',
            `no selection is called \`${node.target}\``,
            `defined are: ${[...selections.keys()].join(', ') || 'none'}`,
            node.span,
          );
        const queries = names.map((name) => use(name, polarity));
        return node.quantifier === 'all' ? allOf(queries) : someOf(queries);
      }
    }
  };
  const query = visit(parsed.condition, true);
  return sound ? query : undefined;
}

/** `them` and patterns leave out names with a leading underscore, unless the pattern has it too. */
function namesOf(target: string, selections: Selections): string[] {
  const names = [...selections.keys()];
  if (target.toLowerCase() === 'them') return names.filter((name) => !name.startsWith('_'));
  const matches = patternTest(parsePattern(target), true, true);
  return names.filter((name) => (target.startsWith('_') || !name.startsWith('_')) && matches(name));
}
