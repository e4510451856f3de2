/** Regular expressions, on RE2: linear in the text, whoever wrote them. */
import { RE2JS } from 're2js';

/**
 * Steps of a regular expression as RE2 compiles it. RE2 takes time by steps × length of the text: linear, and still an
 * hour for thousands of steps over a day of logs. Counted repetitions make them (`[a-z]{0,500}` takes 1,000); the longest
 * expression of a rule that comes along takes 197.
 */
export const MOST_REGEX_STEPS = 500;

/** Why RE2 cannot read the expression, or undefined where it can. `mostSteps`: default any number. */
export function regexProblem(source: string, flags = '', mostSteps = Infinity): string | undefined {
  try {
    const steps = compileRegex(source, flags).programSize();
    return steps > mostSteps ? `it takes ${steps} steps, more than ${mostSteps}` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * True for texts in which the expression matches anywhere. `flags`: of `i`, `m`, `s`. Throws RE2JS's error for an expression
 * that it cannot read.
 */
export function regexTest(source: string, flags: string): (text: string) => boolean {
  const pattern = compileRegex(source, flags);
  const least = /^\.\{(\d+)(?:,\d*)?\}$/.exec(source)?.[1];
  if (least === undefined) return (text) => pattern.test(text);
  // What rules say for "a long line". RE2 takes a state for each character of it, 5 ms for a command line.
  const stop = flags.includes('s') ? undefined : '\n';
  return (text) => hasRun(text, Number(least), stop);
}

/** True where so many code points follow each other without `stop`. */
function hasRun(text: string, least: number, stop: string | undefined): boolean {
  if (least === 0) return true;
  if (text.length < least) return false;
  let run = 0;
  for (const character of text) {
    run = character === stop ? 0 : run + 1;
    if (run >= least) return true;
  }
  return false;
}

function compileRegex(source: string, flags: string): RE2JS {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  return RE2JS.compile(source, bits);
}
