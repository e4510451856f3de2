/** Literals that a regular expression cannot match without: RE2 runs only on texts that hold them. */

/**
 * Alternatives, one of which must hold by all of its literals (folded ASCII, of `least` characters or more). Undefined where
 * nothing can be said. Conservative: groups and classes are skipped, so a text that the expression matches always passes.
 */
export function requiredLiterals(source: string, least = 2): readonly (readonly string[])[] | undefined {
  if (source.includes('\\Q')) return undefined;
  const alternatives: string[][] = [];
  let literals: string[] = [];
  let run = '';
  const flush = (): void => {
    if (run.length >= least) literals.push(run.toLowerCase());
    run = '';
  };
  let at = 0;
  while (at < source.length) {
    const character = source[at] as string;
    switch (character) {
      case '|':
        flush();
        alternatives.push(literals);
        literals = [];
        at++;
        break;
      case '\\': {
        const next = source[at + 1] ?? '';
        if (next !== '' && /[!-/:-@[-`{-~ ]/.test(next)) {
          run += next;
          at += 2;
        } else {
          flush();
          at = escapeEnd(source, at);
        }
        break;
      }
      case '(':
        flush();
        at = groupEnd(source, at);
        break;
      case '[':
        flush();
        at = classEnd(source, at);
        break;
      case '?':
      case '*':
        run = run.slice(0, -1);
        flush();
        at++;
        break;
      case '{': {
        const repeat = /^\{\d+(?:,\d*)?\}/.exec(source.slice(at, at + 16));
        run = run.slice(0, -1);
        flush();
        at += repeat ? repeat[0].length : 1;
        break;
      }
      case '+':
      case '.':
      case '^':
      case '$':
        flush();
        at++;
        break;
      default:
        if (character >= ' ' && character <= '~') run += character;
        else flush();
        at++;
    }
  }
  flush();
  alternatives.push(literals);
  return alternatives.every((list) => list.length > 0) ? alternatives : undefined;
}

/** After an escape that stands for no single literal, with its arguments. */
function escapeEnd(source: string, at: number): number {
  const rest = source.slice(at + 1, at + 80);
  const argument = /^(?:x\{[^}]*\}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|[pP].|[0-7]{1,3})/.exec(rest);
  return at + 1 + (argument ? argument[0].length : 1);
}

function groupEnd(source: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < source.length) {
    const character = source[at];
    if (character === '\\') at += 2;
    else if (character === '[') at = classEnd(source, at);
    else {
      if (character === '(') depth++;
      else if (character === ')' && --depth === 0) return at + 1;
      at++;
    }
  }
  return source.length;
}

function classEnd(source: string, start: number): number {
  let at = start + 1;
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  while (at < source.length) {
    const character = source[at];
    if (character === '\\') at += 2;
    else if (character === '[' && source[at + 1] === ':') {
      const end = source.indexOf(':]', at);
      at = end < 0 ? at + 1 : end + 2;
    } else if (character === ']') return at + 1;
    else at++;
  }
  return source.length;
}
