/** Reads the text form of the query AST; every mistake comes back with its place and a remedy. */
import { fault, type FaultDetail } from '../errors.js';
import { fail, ok, type Result } from '../result.js';
import { ALL, type DatePart, type PatternPart, type Query } from './ast.js';
import { parse, SyntaxError as GrammarError } from './grammar.generated.js';
import { cidrProblem } from './predicate.js';
import { MOST_REGEX_STEPS, regexProblem } from './regex.js';

/** Longest query text that is read, in characters. */
export const MAX_QUERY_LENGTH = 16_384;
/** Deepest nesting of parentheses that is read. */
export const MAX_QUERY_DEPTH = 100;

/** What is meant as a network: four decimal parts, or something with colons, and a prefix length. */
const NETWORK = /^(?:\d+\.\d+\.\d+\.\d+|[0-9a-f.]*:[0-9a-f:.]*)\/\d+$/i;

interface Place {
  readonly line: number;
  readonly column: number;
}

type Value =
  | { form: 'pattern'; pattern: readonly PatternPart[]; quoted: boolean; cased?: boolean }
  | { form: 'regex'; source: string; flags: string; cased?: boolean }
  | {
      form: 'fieldRef';
      op: 'equals' | 'contains' | 'startsWith' | 'endsWith';
      other: string;
      cased?: boolean;
    }
  | {
      form: 'datePart';
      part: DatePart;
      op: 'eq' | 'lt' | 'lte' | 'gt' | 'gte';
      value: number;
      cased?: boolean;
    };

/** Empty text is `all`. Fault: `invalid_query` with one detail that has line and column (1-based). */
export function parseQuery(text: string): Result<Query> {
  if (text.length > MAX_QUERY_LENGTH)
    return refused({
      message: `longer than ${MAX_QUERY_LENGTH} characters`,
      code: 'query_too_long',
      data: { limit: MAX_QUERY_LENGTH },
      remedy: 'split it into several searches',
    });
  const deep = tooDeepAt(text);
  if (deep)
    return refused({
      message: `more than ${MAX_QUERY_DEPTH} levels of parentheses or \`not\``,
      code: 'query_too_deep',
      data: { limit: MAX_QUERY_DEPTH },
      ...deep,
      remedy: 'write it flatter',
    });
  try {
    return ok(parse(text, { build: { leaf: leafOf, bare: bareOf } }) as Query);
  } catch (error) {
    if (error instanceof QueryMistake) return refused(error.detail);
    if (error instanceof GrammarError) return refused(syntaxDetail(error as unknown as GrammarFailure, text));
    throw error;
  }
}

interface GrammarFailure {
  readonly location: { readonly start: Place & { readonly offset: number } };
  readonly expected:
    readonly { readonly type: string; readonly description?: string; readonly text?: string }[] | null;
}

class QueryMistake extends Error {
  readonly detail: FaultDetail;
  constructor(detail: FaultDetail) {
    super(detail.message);
    this.detail = detail;
  }
}

function refused(detail: FaultDetail): Result<Query> {
  return fail(fault('invalid_query', { reason: detail.message }, [detail]));
}

function syntaxDetail(failure: GrammarFailure, text: string): FaultDetail {
  const { line, column, offset } = failure.location.start;
  const found = text[offset];
  const wanted = [
    ...new Set(
      (failure.expected ?? [])
        .map((one) => one.description ?? (one.text && `\`${one.text}\``))
        .filter((one) => one && one !== 'space'),
    ),
    // What is most likely meant comes first: a name or a value, not the rarer forms.
  ].sort((a, b) => Number(a?.startsWith('`')) - Number(b?.startsWith('`')));
  const place = { line, column };
  const expected = `expected here: ${wanted.slice(0, 6).join(', ')}`;
  if (found === undefined)
    return {
      message: 'the query ends too early',
      code: 'query_ends',
      ...place,
      remedy: wanted.length ? expected : 'add the value or the closing parenthesis or quote that is missing',
    };
  return {
    message: `unexpected \`${found}\``,
    code: 'query_unexpected',
    data: { found },
    ...place,
    remedy: wanted.length ? expected : 'take it away',
  };
}

/** Place of the parenthesis (or `not`) that goes too deep; quoted text does not count. */
function tooDeepAt(text: string): Place | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ')') depth--;
    else if (!quoted && character === '(' && ++depth > MAX_QUERY_DEPTH) return placeAt(text, at);
  }
  const negations = /(?:\bnot\s+){101}/i.exec(text);
  return negations ? placeAt(text, negations.index) : undefined;
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function leafOf(path: string, value: Value, at: Place): Query {
  const cased = value.cased ? { cased: true } : {};
  if (value.form === 'fieldRef')
    return { kind: 'fieldRef', path, other: value.other, op: value.op, ...cased };
  if (value.form === 'datePart')
    return { kind: 'datePart', path, part: value.part, op: value.op, value: value.value };
  if (value.form === 'regex') {
    const problem = regexProblem(value.source, value.flags, MOST_REGEX_STEPS);
    if (problem)
      throw new QueryMistake({
        message: `the regular expression cannot be read: ${problem}`,
        code: 'query_regex',
        data: { reason: problem },
        ...at,
        remedy: 'RE2 syntax: no look-around, no back-references; repetitions of small counts',
      });
    return { kind: 'regex', path, source: value.source, ...(value.flags && { flags: value.flags }) };
  }
  const [first, second, third] = value.pattern;
  const only =
    !value.quoted && value.pattern.length === 1 && first && 'text' in first ? first.text : undefined;
  if (only !== undefined && NETWORK.test(only)) {
    const problem = cidrProblem(only);
    if (problem)
      throw new QueryMistake({
        message: problem,
        code: 'query_network',
        data: { network: only },
        ...at,
        remedy: 'correct it, or put it in quotes to mean the text',
      });
    return { kind: 'cidr', path, network: only };
  }
  if (value.pattern.length === 1 && first) {
    if ('text' in first) return { kind: 'equals', path, value: first.text, ...cased };
    if (first.wild === '*') return { kind: 'exists', path };
  }
  if (value.pattern.length === 2 && first && second) {
    if (isStar(second) && 'text' in first) return { kind: 'startsWith', path, value: first.text, ...cased };
    if (isStar(first) && 'text' in second) return { kind: 'endsWith', path, value: second.text, ...cased };
  }
  if (value.pattern.length === 3 && isStar(first) && isStar(third) && second && 'text' in second)
    return { kind: 'contains', path, value: second.text, ...cased };
  return { kind: 'wildcard', path, pattern: value.pattern, ...cased };
}

function isStar(part: PatternPart | undefined): boolean {
  return part !== undefined && 'wild' in part && part.wild === '*';
}

/** A bare word is looked for in every value of every path; `*` alone is `all`. */
function bareOf(pattern: readonly PatternPart[], cased: boolean): Query {
  if (pattern.every(isStar)) return ALL;
  return { kind: 'text', pattern, ...(cased && { cased: true }) };
}
