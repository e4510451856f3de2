/** A query as SQL of DuckDB over a table `events` with a column of text for each path. */
import { pathsOf, type PatternPart, type Query } from '#kernel/query/ast.js';
import { fold } from '#kernel/query/fold.js';
import { converted, isWholeText, refuseHalves, type Converted, type Refuse } from './converted.js';

/** `SELECT * FROM events WHERE …`; docs/rules.md says what columns it needs, and what differs. */
export function toSql(query: Query): Converted<string> {
  return converted(query, (asked, refuse) => {
    refuseClashes(asked, refuse);
    return `SELECT * FROM events WHERE ${condition(asked, refuse)}`;
  });
}

/** Never NULL. */
function condition(query: Query, refuse: Refuse): string {
  switch (query.kind) {
    case 'all':
      return 'TRUE';
    case 'none':
      return 'FALSE';
    case 'and':
      return joined(query.of, 'AND', 'TRUE', refuse);
    case 'or':
      return joined(query.of, 'OR', 'FALSE', refuse);
    case 'not':
      return `(NOT ${condition(query.of, refuse)})`;
    case 'exists':
      return `(${column(query.path, refuse)} IS NOT NULL)`;
    case 'equals': {
      const wanted = asWanted(String(query.value), query.cased);
      return held(
        query.path,
        refuse,
        `${subject(query.path, wanted, query.cased)} = ${quoted(wanted, refuse)}`,
      );
    }
    case 'contains':
    case 'startsWith':
    case 'endsWith': {
      const wanted = asWanted(query.value, query.cased);
      const text = subject(query.path, wanted, query.cased);
      return held(query.path, refuse, `${TESTS[query.kind]}(${text}, ${quoted(wanted, refuse)})`);
    }
    case 'wildcard': {
      const like = likeOf(query.pattern, query.cased);
      const text = subject(query.path, like, query.cased);
      return held(query.path, refuse, `${text} LIKE ${quoted(like, refuse)} ESCAPE '\\'`);
    }
    case 'regex': {
      const source = query.flags ? `(?${query.flags})${query.source}` : query.source;
      return held(query.path, refuse, `regexp_matches(${asText(query.path)}, ${quoted(source, refuse)})`);
    }
    case 'compare':
      return comparison(query.path, query.op, query.value, refuse);
    case 'fieldRef':
      return reference(query, refuse);
    case 'cidr':
    case 'datePart':
    case 'text': {
      const [code, message, remedy] = UNSAID[query.kind];
      refuse(code, message, remedy);
      return 'FALSE';
    }
  }
}

const TESTS = { contains: 'contains', startsWith: 'starts_with', endsWith: 'ends_with' } as const;
const COMPARES = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

const UNSAID = {
  cidr: [
    'convert.sql.cidr',
    'a network (`|cidr`) is not compared exactly without the `inet` extension of DuckDB',
    'write the network as prefixes (`|startswith: 10.`) if it ends at a dot',
  ],
  datePart: [
    'convert.sql.date_part',
    'a part of a time cannot be taken of text as the rules do, which read several spellings',
    'run this rule in Fenghuo, or compare the prefix of the time where its form is fixed',
  ],
  text: [
    'convert.sql.keywords',
    'keywords look into every field, and SQL names its columns',
    'name the fields that the keywords may stand in, such as `message|contains`',
  ],
} as const;

/** Longer rows of conditions are joined by halves: the engine bounds the depth of an expression. */
const LONG_ROW = 100;

function joined(parts: readonly Query[], operator: 'AND' | 'OR', empty: string, refuse: Refuse): string {
  const [only] = parts;
  if (only === undefined) return empty;
  if (parts.length === 1) return condition(only, refuse);
  if (parts.length <= LONG_ROW)
    return `(${parts.map((part) => condition(part, refuse)).join(` ${operator} `)})`;
  const middle = parts.length >> 1;
  const halves = [parts.slice(0, middle), parts.slice(middle)];
  return `(${halves.map((half) => joined(half, operator, empty, refuse)).join(` ${operator} `)})`;
}

function held(path: string, refuse: Refuse, test: string): string {
  return `(${column(path, refuse)} IS NOT NULL AND ${test})`;
}

function column(path: string, refuse: Refuse): string {
  if (path === '' || path.includes('\0') || !isWholeText(path))
    refuse('convert.sql.path', `\`${path}\` cannot be the name of a column`, 'name another field');
  return identifier(path);
}

function identifier(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

/** Columns of numbers and booleans compare with their text, as fields do. */
function asText(path: string): string {
  return `CAST(${identifier(path)} AS VARCHAR)`;
}

function asWanted(text: string, cased: boolean | undefined): string {
  return cased ? text : fold(text);
}

/** The text of a path, folded unless cased, as far as it matters for what is wanted. */
function subject(path: string, wanted: string, cased: boolean | undefined): string {
  if (cased) return asText(path);
  const lower = `lower(${asText(path)})`;
  return wanted.includes('σ') ? `replace(${lower}, 'ς', 'σ')` : lower;
}

/** A literal that ends where it should, whatever the text: only `'` means something within, and NUL cannot stand there. */
function quoted(text: string, refuse: Refuse): string {
  refuseHalves('sql', text, refuse);
  const pieces = text.split('\0').map((piece) => `'${piece.replaceAll("'", "''")}'`);
  return pieces.length === 1 ? (pieces[0] as string) : `(${pieces.join(' || chr(0) || ')})`;
}

function likeOf(pattern: readonly PatternPart[], cased: boolean | undefined): string {
  return pattern
    .map((part) => {
      if ('wild' in part) return part.wild === '*' ? '%' : '_';
      return asWanted(part.text, cased).replace(/[\\%_]/g, '\\$&');
    })
    .join('');
}

/** Decimal numbers as text; also what is left of the engine's own reading (`1_000`, `nan`, spaces) is none. */
const NUMBER = '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?';

function comparison(path: string, op: keyof typeof COMPARES, value: number, refuse: Refuse): string {
  const text = asText(path);
  const number = `TRY_CAST(${text} AS DOUBLE)`;
  const bound = `CAST('${value}' AS DOUBLE)`;
  return held(
    path,
    refuse,
    `regexp_full_match(${text}, '${NUMBER}') AND coalesce(${number} ${COMPARES[op]} ${bound}, FALSE)`,
  );
}

function reference(query: Extract<Query, { kind: 'fieldRef' }>, refuse: Refuse): string {
  // Both sides fold to the end: what the other holds is not known here.
  const [left, right] = [query.path, query.other].map((path) => subject(path, 'σ', query.cased));
  const test = query.op === 'equals' ? `${left} = ${right}` : `${TESTS[query.op]}(${left}, ${right})`;
  const there = `${column(query.path, refuse)} IS NOT NULL AND ${column(query.other, refuse)} IS NOT NULL`;
  return `(${there} AND ${test})`;
}

/** Names of columns do not differ by case. */
function refuseClashes(query: Query, refuse: Refuse): void {
  const known = new Map<string, string>();
  for (const path of pathsOf(query)) {
    const other = known.get(path.toLowerCase());
    if (other === undefined) known.set(path.toLowerCase(), path);
    else
      refuse(
        'convert.sql.path_case',
        `\`${other}\` and \`${path}\` would be the same column`,
        'ask for one of the two fields',
      );
  }
}
