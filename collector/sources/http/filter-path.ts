/** Elasticsearch's `filter_path`: keeps only the named parts of an answer (`errors,items.*.status`, `**.error`, `-items`). */

type Json = unknown;

/** Most patterns of one request that count. */
const MOST_PATTERNS = 64;

/** Undefined where nothing is left. `filter` is the parameter's text; an empty one keeps everything. */
export function filterPath(value: Json, filter: string): Json {
  const patterns = filter
    .split(',', MOST_PATTERNS)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const kept = patterns.filter((part) => !part.startsWith('-')).map((part) => part.split('.', 32));
  const dropped = patterns.filter((part) => part.startsWith('-')).map((part) => part.slice(1).split('.', 32));
  let result = value;
  if (kept.length > 0) result = keep(result, kept);
  if (dropped.length > 0) result = drop(result, dropped);
  return result;
}

function keep(value: Json, patterns: readonly string[][]): Json {
  if (patterns.some((pattern) => pattern.length === 0 || (pattern.length === 1 && pattern[0] === '**')))
    return value;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => keep(item, patterns)).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const result: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    const kept = keep(item, below(patterns, key));
    if (kept !== undefined) result[key] = kept;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function drop(value: Json, patterns: readonly string[][]): Json {
  if (patterns.length === 0) return value;
  if (patterns.some((pattern) => pattern.length === 0)) return undefined;
  if (Array.isArray(value))
    return value.map((item: Json) => drop(item, patterns)).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    const left = drop(item, below(patterns, key));
    if (left !== undefined) result[key] = left;
  }
  return result;
}

/** What the patterns still ask for below a key. */
function below(patterns: readonly string[][], key: string): string[][] {
  const next: string[][] = [];
  for (const pattern of patterns) {
    const [head, ...rest] = pattern;
    if (head === '**') {
      next.push(pattern);
      if (rest.length > 0) next.push(...below([rest], key));
    } else if (head !== undefined && matches(head, key)) next.push(rest);
  }
  return next;
}

/** `*` stands for any run of characters within one key. */
function matches(glob: string, key: string): boolean {
  const parts = glob.split('*');
  if (parts.length === 1) return glob === key;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (key.startsWith(part) ? 0 : -1) : key.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts.at(-1) as string;
  return last === '' || (key.endsWith(last) && key.length >= (parts[0] as string).length + last.length);
}
