/** Reads a Sigma condition: a typed wrapper around the generated parser. */
import { parse, SyntaxError as ParseError } from './condition.generated.js';

/** Offsets into the condition's text, 0-based, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'selection'; readonly name: string; readonly span: Span }
  | {
      readonly kind: 'quantified';
      /** A number other than 1 is read, and refused by the compiler. */
      readonly quantifier: 'any' | 'all' | number;
      /** `them`, or a name with wildcards. */
      readonly target: string;
      readonly span: Span;
    };

export type ConditionResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly message: string; readonly span: Span };

/** Longest condition and deepest nesting that are read: the parser recurses. */
const MAX_LENGTH = 16_384;
const MAX_DEPTH = 64;

export function parseCondition(text: string): ConditionResult {
  const whole = { from: 0, to: text.length };
  if (text.length > MAX_LENGTH)
    return { ok: false, message: `the condition is longer than ${MAX_LENGTH} characters`, span: whole };
  if (depthOf(text) > MAX_DEPTH)
    return { ok: false, message: `the condition nests deeper than ${MAX_DEPTH} levels`, span: whole };
  try {
    return { ok: true, condition: parse(text, {}) as Condition };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { location, expected, found } = error as unknown as ParseFailure;
    const from = location.start.offset;
    const wanted = [...new Set((expected ?? []).map(describe))].filter((word) => word !== 'space').sort();
    return {
      ok: false,
      message: `${found == null ? 'the condition ends too early' : `\`${found}\` was not expected`}; expected ${wanted.join(', ')}`,
      span: { from, to: Math.max(from + 1, location.end.offset) },
    };
  }
}

interface ParseFailure {
  readonly location: {
    readonly start: { readonly offset: number };
    readonly end: { readonly offset: number };
  };
  readonly found: string | null;
  readonly expected:
    readonly { readonly type: string; readonly description?: string; readonly text?: string }[] | null;
}

function describe(expected: {
  readonly type: string;
  readonly description?: string;
  readonly text?: string;
}): string {
  if (expected.type === 'end') return 'the end';
  return expected.description ?? (expected.text === undefined ? expected.type : `\`${expected.text}\``);
}

/** Parentheses and `not`s that are open at once, at most. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let nots = 0;
  for (const token of text.match(/[()]|[^\s()]+/g) ?? []) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    nots = token.toLowerCase() === 'not' ? nots + 1 : token === '(' ? nots : 0;
    deepest = Math.max(deepest, depth + nots);
  }
  return deepest;
}
