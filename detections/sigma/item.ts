/** Compiles one detection item, `field|modifiers: values`, to a query. */
import { Buffer } from 'node:buffer';
import { and, not, or, type DatePart, type Query } from '#kernel/query/ast.js';
import { cidrProblem } from '#kernel/query/predicate.js';
import { regexProblem } from '#kernel/query/regex.js';
import { DROPPED } from './dropped.js';
import { base64, base64Offsets, utf16, windash } from './encoding.js';
import type { MapField } from './mapping.js';
import { readModifiers, type Modifiers } from './modifiers.js';
import { parsePattern, patternLeaf, plainText } from './pattern.js';
import { expandValues, type PlacedValue } from './placeholders.js';
import type { DocumentPath, Problem, Report } from './problem.js';

/** A value as YAML gives it, already known to be a scalar. */
export type RuleValue = string | number | boolean | null;

/**
 * Undefined when the item is wrong; everything wrong with it has been reported then. {@link DROPPED} where a pipeline
 * leaves it out.
 */
export function compileItem(
  key: string,
  value: unknown,
  at: DocumentPath,
  map: MapField,
  report: Report,
): Query | undefined {
  const [field = '', ...names] = key.split('|');
  const modifiers = readModifiers(names, at, report);
  const written = readValues(value, at, report);
  if (!modifiers || !written) return undefined;
  const { dropped, paths: targets, placeholder } = map(field);
  if (dropped) return DROPPED;
  const values = modifiers.expand ? expandValues(written, placeholder, report) : written;
  if (!values) return undefined;
  const compiled = values.map(({ value: single, at: place }) => {
    const problem = (code: Problem['code'], message: string, hint: string): undefined => {
      report({ code, message, hint, at: place });
      return undefined;
    };
    return field === ''
      ? keyword(single, modifiers, problem)
      : onPaths(targets, single, modifiers, map, problem);
  });
  if (compiled.some((query) => query === undefined)) return undefined;
  const queries = compiled as Query[];
  const joined = modifiers.all ? and(...queries) : or(...queries);
  return modifiers.negated ? not(joined) : joined;
}

/** A keyword list (a selection of texts without a field). */
export function compileKeywords(
  values: unknown,
  at: DocumentPath,
  map: MapField,
  report: Report,
): Query | undefined {
  return compileItem('', values, at, map, report);
}

type Complain = (code: Problem['code'], message: string, hint: string) => undefined;

function readValues(value: unknown, at: DocumentPath, report: Report): readonly PlacedValue[] | undefined {
  const list = Array.isArray(value)
    ? value.map((item: unknown, index) => ({ value: item, at: [...at, index] }))
    : [{ value, at }];
  if (list.length === 0) {
    report({
      code: 'sigma.value.empty',
      message: 'the list of values is empty',
      hint: 'give at least one value, or remove the item',
      at,
      part: 'key',
    });
    return undefined;
  }
  let sound = true;
  for (const { value: item, at: place } of list) {
    if (item === null || ['string', 'number', 'boolean'].includes(typeof item)) {
      if (
        typeof item === 'number' &&
        !Number.isSafeInteger(item) &&
        !(Math.abs(item) <= Number.MAX_SAFE_INTEGER)
      ) {
        sound = false;
        report({
          code: 'sigma.value.unsafe_number',
          message: `\`${item}\` cannot be kept exactly`,
          hint: 'put it in quotes',
          at: place,
        });
      }
      continue;
    }
    sound = false;
    const nested = Array.isArray(item) ? 'a list' : 'a map';
    report({
      code: 'sigma.value.type',
      message: `a value must be a text, a number, a boolean or null, not ${nested}`,
      hint: 'flatten it: one value a line; an item of a field cannot hold further fields',
      at: place,
    });
  }
  return sound ? (list as readonly PlacedValue[]) : undefined;
}

function keyword(value: RuleValue, modifiers: Modifiers, problem: Complain): Query | undefined {
  if (modifiers.comparison !== 'text')
    return problem(
      'sigma.modifier.misplaced',
      `keywords have no field to compare by \`${modifiers.comparison}\``,
      'name a field before the modifier',
    );
  if (value === null || value === '')
    return problem('sigma.value.empty', 'a keyword must not be empty', 'give the text that is looked for');
  const spellings = spellingsOf(String(value), modifiers, problem);
  return (
    spellings &&
    or(
      ...spellings.map((text): Query => ({
        kind: 'text',
        pattern: parsePattern(text),
        ...(modifiers.cased && { cased: true }),
      })),
    )
  );
}

function onPaths(
  targets: readonly string[],
  value: RuleValue,
  modifiers: Modifiers,
  map: MapField,
  problem: Complain,
): Query | undefined {
  const onEach = (leaf: (path: string) => Query): Query => or(...targets.map(leaf));
  const cased = modifiers.cased ? { cased: true } : {};
  if (modifiers.datePart) return datePart(modifiers.datePart, value, modifiers, onEach, problem);
  switch (modifiers.comparison) {
    case 'exists': {
      const wanted =
        value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined;
      if (wanted === undefined)
        return problem('sigma.value.type', '`exists` takes true or false', 'write `true` or `false`');
      const present = onEach((path) => ({ kind: 'exists', path }));
      return wanted ? present : not(present);
    }
    case 'regex': {
      if (value === null)
        return problem(
          'sigma.value.type',
          'a regular expression must be a text',
          'put the expression in quotes',
        );
      const source = String(value);
      const reason = regexProblem(source, modifiers.flags);
      if (reason)
        return problem(
          'sigma.value.regex',
          `the regular expression cannot be read: ${reason}`,
          'RE2 syntax: no look-around and no back-references; check brackets and escapes',
        );
      const flags = modifiers.flags === '' ? {} : { flags: modifiers.flags };
      return onEach((path) => ({ kind: 'regex', path, source, ...flags }));
    }
    case 'cidr': {
      const network = String(value);
      const reason = cidrProblem(network);
      if (reason)
        return problem('sigma.value.cidr', reason, 'write the address, a slash and the length of the prefix');
      return onEach((path) => ({ kind: 'cidr', path, network }));
    }
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      const op = modifiers.comparison;
      const bound = numberOf(value);
      if (bound === undefined)
        return problem(
          'sigma.value.type',
          `\`${op}\` takes a number, not \`${String(value)}\``,
          'write a number',
        );
      return onEach((path) => ({ kind: 'compare', path, op, value: bound }));
    }
    case 'fieldref': {
      if (typeof value !== 'string' || value === '')
        return problem('sigma.value.type', '`fieldref` takes the name of another field', 'write its name');
      const others = map(value).paths;
      return onEach((path) =>
        or(
          ...others.map((other): Query => ({
            kind: 'fieldRef',
            path,
            other,
            op: modifiers.anchoring,
            ...cased,
          })),
        ),
      );
    }
    case 'text':
      break;
  }
  if (value === null) {
    if (modifiers.anchoring !== 'equals' || modifiers.transforms.length > 0)
      return problem(
        'sigma.value.type',
        'null has no text to look into',
        'remove the modifiers, or write a text',
      );
    return not(onEach((path) => ({ kind: 'exists', path })));
  }
  if (typeof value !== 'string' && modifiers.anchoring === 'equals' && modifiers.transforms.length === 0)
    return onEach((path) => ({ kind: 'equals', path, value, ...cased }));
  const spellings = spellingsOf(String(value), modifiers, problem);
  return (
    spellings &&
    onEach((path) =>
      or(
        ...spellings.map((text) =>
          patternLeaf(path, parsePattern(text), modifiers.anchoring, modifiers.cased),
        ),
      ),
    )
  );
}

function numberOf(value: RuleValue): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  return Number.isFinite(Number(value)) ? Number(value) : undefined;
}

const DATE_RANGES: Readonly<Record<DatePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
};

function datePart(
  part: DatePart,
  value: RuleValue,
  { comparison }: Modifiers,
  onEach: (leaf: (path: string) => Query) => Query,
  problem: Complain,
): Query | undefined {
  const wanted = numberOf(value);
  const [from, to] = DATE_RANGES[part];
  if (wanted === undefined || !Number.isInteger(wanted) || wanted < from || wanted > to)
    return problem(
      'sigma.value.type',
      `\`${part}\` takes a whole number from ${from} to ${to}, not \`${String(value)}\``,
      'times are taken in UTC; `week` is that of ISO 8601',
    );
  const op = comparison === 'text' ? 'eq' : (comparison as 'lt' | 'lte' | 'gt' | 'gte');
  return onEach((path) => ({ kind: 'datePart', path, part, op, value: wanted }));
}

/** All texts that stand for the value after windash and the encodings, escapes still in place. */
function spellingsOf(value: string, modifiers: Modifiers, problem: Complain): readonly string[] | undefined {
  let texts: readonly string[] = [value];
  let bytes: Buffer | undefined;
  for (const step of modifiers.transforms) {
    if (step === 'windash') {
      const spelled = texts.map((text) => windash(text));
      if (spelled.some((list) => list === undefined))
        return problem(
          'sigma.value.type',
          'the value has more than four option dashes',
          'split it into several values with `contains|all|windash`',
        );
      texts = (spelled as (readonly string[])[]).flat();
      continue;
    }
    const [text = ''] = texts;
    const plain = plainText(text);
    if (texts.length > 1 || plain === undefined)
      return problem(
        'sigma.value.type',
        `\`${step}\` needs one text without wildcards`,
        'escape `*` and `?` by a backslash, and leave windash out',
      );
    bytes ??= Buffer.from(plain, 'utf8');
    if (step === 'base64') texts = [base64(bytes)];
    else if (step === 'base64offset') texts = base64Offsets(bytes);
    else bytes = utf16(plain, step);
    if (step.startsWith('base64')) bytes = undefined;
  }
  return texts;
}
