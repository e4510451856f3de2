/** Compiles the query AST to bounds over a day table. Negation swaps them, so no hit is lost under a `not`. */
import type { PatternPart, Query } from '#kernel/query/ast.js';
import { fold } from '#kernel/query/fold.js';
import { ROOT_UNIT, type Scope } from '#kernel/scope.js';
import { FOLDED_JSON, isWellFormed, PART, typedColumns } from './day-table.js';
import { between, every, exactly, FALSE, negate, some, sql, TRUE, type Bounds, type Sql } from './sql.js';

export function compileBounds(query: Query): Bounds {
  switch (query.kind) {
    case 'all':
      return exactly(TRUE);
    case 'none':
      return exactly(FALSE);
    case 'and':
    case 'or': {
      const parts = query.of.map(compileBounds);
      const combine = query.kind === 'and' ? every : some;
      return {
        lower: combine(...parts.map((part) => part.lower)),
        upper: combine(...parts.map((part) => part.upper)),
        exact: parts.every((part) => part.exact),
      };
    }
    case 'not': {
      const { lower, upper, exact } = compileBounds(query.of);
      return { lower: negate(upper), upper: negate(lower), exact };
    }
    case 'exists':
      return exactly(present(query.path));
    case 'equals':
      return equality(query.path, String(query.value), query.cased ?? false);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return part(query.kind, query.path, query.value, query.cased ?? false);
    case 'wildcard':
      return wildcard(query.path, query.pattern, query.cased ?? false);
    case 'regex':
    case 'cidr':
    case 'compare':
    case 'datePart':
      return between(FALSE, present(query.path));
    case 'fieldRef':
      return between(FALSE, every(present(query.path), present(query.other)));
    case 'text':
      return between(FALSE, jsonHas(query.pattern, query.cased ?? false));
  }
}

/** The scope as a condition; agrees with `isVisible`. */
export function scopeSql(scope: Pick<Scope, 'units' | 'realm' | 'ceiling'>): Sql {
  const units = scope.units.map((unit) =>
    unit === ROOT_UNIT
      ? TRUE
      : // What begins with `/cn/` lies between `/cn/` and `/cn0`: said so, both engines can use their indexes.
        sql('(unit = ? OR (unit >= ? AND unit < ?))', unit, `${unit}/`, `${unit}0`),
  );
  return every(
    scope.realm === '*' ? TRUE : sql('realm = ?', scope.realm),
    scope.ceiling >= 3 ? TRUE : sql('classification <= ?', BigInt(scope.ceiling)),
    some(...units),
  );
}

function present(path: string): Sql {
  const typed = typedColumns(path);
  return typed ? sql(`${typed.folded} IS NOT NULL`) : sql('contains(fields, ?)', keyToken(path));
}

/** The column to test, or undefined where the raw one is not kept. */
function column(path: string, cased: boolean): string | undefined {
  const typed = typedColumns(path);
  return cased ? typed?.raw : typed?.folded;
}

/** True for a value that no row can hold in a typed column, odd rows aside. */
function isUnstorable(text: string): boolean {
  return text.includes(PART) || !isWellFormed(text);
}

function equality(path: string, text: string, cased: boolean): Bounds {
  const wanted = cased ? text : fold(text);
  if (!typedColumns(path)) return jsonEquality(path, wanted, cased);
  if (isUnstorable(wanted)) return exactly(FALSE);
  const name = column(path, cased);
  if (!name) return between(FALSE, equality(path, text, false).upper);
  return exactly(
    sql(
      `(${name} IS NOT NULL AND (${name} = ? OR (starts_with(${name}, '${PART}') AND contains(${name}, ?))))`,
      wanted,
      PART + wanted + PART,
    ),
  );
}

type PartKind = 'contains' | 'startsWith' | 'endsWith';

function part(kind: PartKind, path: string, text: string, cased: boolean): Bounds {
  const wanted = cased ? text : fold(text);
  const has = present(path);
  if (wanted === '') return exactly(has);
  // Half of a surrogate pair is found inside a whole one by the predicate, but by no engine.
  if (!isWellFormed(wanted)) return between(FALSE, has);
  if (!typedColumns(path)) {
    const upper = every(has, jsonHas([{ text: wanted }], cased));
    if (kind !== 'startsWith' || wanted.length > LONGEST_LITERAL) return between(FALSE, upper);
    return between(jsonAt(path, wanted, cased, `"${literal(jsonBody(wanted))}`), upper);
  }
  if (wanted.includes(PART)) return exactly(FALSE);
  const name = column(path, cased);
  if (!name) return between(FALSE, part(kind, path, text, false).upper);
  if (kind === 'contains') return exactly(sql(`(${name} IS NOT NULL AND contains(${name}, ?))`, wanted));
  const [test, inside] =
    kind === 'startsWith' ? ['starts_with', PART + wanted] : ['ends_with', wanted + PART];
  return exactly(
    sql(
      `(${name} IS NOT NULL AND (${test}(${name}, ?) OR (starts_with(${name}, '${PART}') AND contains(${name}, ?))))`,
      wanted,
      inside,
    ),
  );
}

function wildcard(path: string, pattern: readonly PatternPart[], cased: boolean): Bounds {
  const texts = textsOf(pattern, cased);
  const has = present(path);
  if (texts.some((text) => !isWellFormed(text))) return between(FALSE, has);
  if (!typedColumns(path)) return between(FALSE, every(has, jsonHas(pattern, cased)));
  if (texts.some((text) => text.includes(PART))) return exactly(FALSE);
  const name = column(path, cased);
  if (!name) return between(FALSE, wildcard(path, pattern, false).upper);
  const like = pattern
    .map((piece) =>
      'wild' in piece
        ? piece.wild === '*'
          ? '%'
          : '_'
        : (cased ? piece.text : fold(piece.text)).replace(/[\\%_]/g, '\\$&'),
    )
    .join('');
  const matches = sql(`${name} LIKE ? ESCAPE '\\'`, like);
  const bag = `starts_with(${name}, '${PART}')`;
  return between(
    sql(`(${name} IS NOT NULL AND NOT ${bag} AND ${matches.text})`, ...matches.values),
    sql(`(${name} IS NOT NULL AND (${bag} OR ${matches.text}))`, ...matches.values),
  );
}

function textsOf(pattern: readonly PatternPart[], cased: boolean): string[] {
  return pattern.flatMap((piece) =>
    'text' in piece && piece.text !== '' ? [cased ? piece.text : fold(piece.text)] : [],
  );
}

/** `"path":` stands in the JSON exactly where the path is present: quotes inside values and keys are escaped or odd. */
function keyToken(path: string): string {
  return `${JSON.stringify(path)}:`;
}

/** Text as it stands inside a JSON string. */
function jsonBody(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** All literal pieces of the pattern stand somewhere in the JSON: necessary for any value to match it. */
function jsonHas(pattern: readonly PatternPart[], cased: boolean): Sql {
  const texts = textsOf(pattern, cased).filter(isWellFormed);
  return every(...texts.map((text) => sql(`contains(${cased ? 'fields' : FOLDED_JSON}, ?)`, jsonBody(text))));
}

/** Values beyond this many characters are not put into an expression, whose size the engine bounds. */
const LONGEST_LITERAL = 1_000;

/** Text as an expression of RE2 that matches it alone. */
function literal(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/**
 * The expression matches right behind the path's key. One pass over the text, where a search for each form would take
 * one each. A value without letters needs no folding.
 */
function jsonAt(path: string, wanted: string, cased: boolean, expression: string): Sql {
  const key = keyToken(path);
  if (cased || wanted.toLowerCase() === wanted.toUpperCase())
    return sql('regexp_matches(fields, ?)', literal(key) + expression);
  return every(present(path), sql(`regexp_matches(${FOLDED_JSON}, ?)`, literal(fold(key)) + expression));
}

/** Scalars are compared where they stand, exactly; a list at the key is left to the predicate. */
function jsonEquality(path: string, wanted: string, cased: boolean): Bounds {
  if (wanted.length > LONGEST_LITERAL)
    return between(FALSE, every(present(path), jsonHas([{ text: wanted }], cased)));
  const forms = [literal(JSON.stringify(wanted))];
  // Numbers and booleans compare with their text, and stand without quotes.
  if (wanted === 'true' || wanted === 'false' || String(Number(wanted)) === wanted)
    forms.push(`${literal(wanted)}[,}]`);
  const scalar = forms.join('|');
  return between(
    jsonAt(path, wanted, cased, `(?:${scalar})`),
    jsonAt(path, wanted, cased, `(?:${scalar}|\\[)`),
  );
}
