/** Sigma's wildcard texts: `*`, `?`, and the backslash that escapes them and itself. */
import type { PatternPart, Query } from '#kernel/query/ast.js';

/**
 * Reads a value. `\*`, `\?` and `\\` stand for the character itself; before anything else a backslash is a backslash
 * (specification 2.1, "Escaping").
 */
export function parsePattern(text: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push({ text: literal });
    literal = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const next = text[at + 1];
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      at++;
    } else if (character === '*' || character === '?') {
      flush();
      parts.push({ wild: character });
    } else literal += character;
  }
  flush();
  return parts;
}

/** The text without any wildcard meaning: escapes are resolved; undefined where a wildcard stands in it. */
export function plainText(text: string): string | undefined {
  const parts = parsePattern(text);
  if (parts.length === 0) return '';
  const only = parts.length === 1 ? parts[0] : undefined;
  return only && 'text' in only ? only.text : undefined;
}

export type Anchoring = 'equals' | 'contains' | 'startsWith' | 'endsWith';

/** The leaf that says it most plainly, so that stores and the matcher need no wildcard for it. */
export function patternLeaf(
  path: string,
  pattern: readonly PatternPart[],
  anchoring: Anchoring,
  cased: boolean,
): Query {
  const parts: PatternPart[] = [
    ...(anchoring === 'contains' || anchoring === 'endsWith' ? [{ wild: '*' } as const] : []),
    ...pattern,
    ...(anchoring === 'contains' || anchoring === 'startsWith' ? [{ wild: '*' } as const] : []),
  ].filter((part, index, all) => !(isStar(part) && isStar(all[index - 1])));
  const flag = cased ? { cased: true } : {};
  if (parts.length === 0) return { kind: 'equals', path, value: '', ...flag };
  if (parts.every(isStar)) return { kind: 'exists', path };
  const texts = parts.filter((part) => 'text' in part);
  const [only] = texts;
  if (texts.length === 1 && only && parts.every((part) => part === only || isStar(part))) {
    const before = isStar(parts[0]);
    const after = isStar(parts.at(-1));
    const value = only.text;
    if (before && after) return { kind: 'contains', path, value, ...flag };
    if (before) return { kind: 'endsWith', path, value, ...flag };
    if (after) return { kind: 'startsWith', path, value, ...flag };
    return { kind: 'equals', path, value, ...flag };
  }
  return { kind: 'wildcard', path, pattern: parts, ...flag };
}

function isStar(part: PatternPart | undefined): boolean {
  return part !== undefined && 'wild' in part && part.wild === '*';
}
