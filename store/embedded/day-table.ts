/**
 * The table of one ingest day: typed columns for what is filtered often, and the JSON of all fields for the rest.
 *
 * A typed path has a folded column `f<n>` and, unless its values are long prose, a raw column `c<n>` that is filled
 * where the raw text differs. The JSON's folded text is kept only where the engine's `lower` would not yield it (it
 * does for ASCII), and is lower-cased while it is read otherwise: twice the text would be half the ingest. One value stands
 * as it is; several are joined and enclosed by U+001F, so that equality and containment stay exact. A row that this
 * or the JSON search cannot hold exactly (a value with U+001F or a lone surrogate, a key with a quote, two keys that
 * fold alike) is marked `odd`, and odd rows are always judged by the predicate.
 */
import type { Event, Fields, FieldValue, Scalar } from '#kernel/event.js';
import { fold } from '#kernel/query/fold.js';
import { quotedSql } from './sql.js';

/** Encloses and parts the values of a bag in a typed column. */
export const PART = '\u001f';

/** Version of the day files' layout. */
export const DAY_SCHEMA = 1;

interface TypedPath {
  readonly path: string;
  /** False for long prose: only the folded column is kept. */
  readonly raw: boolean;
  /** Its values are words of a vocabulary. */
  readonly few?: true;
}

const TYPED: readonly TypedPath[] = [
  { path: 'event.code', raw: true, few: true },
  { path: 'event.category', raw: true, few: true },
  { path: 'event.type', raw: true, few: true },
  { path: 'event.dataset', raw: true, few: true },
  { path: 'event.action', raw: true, few: true },
  { path: 'event.outcome', raw: true, few: true },
  { path: 'event.kind', raw: true, few: true },
  { path: 'event.provider', raw: true, few: true },
  { path: 'host.name', raw: true },
  { path: 'user.name', raw: true },
  { path: 'source.ip', raw: true },
  { path: 'destination.ip', raw: true },
  { path: 'destination.port', raw: true },
  { path: 'process.name', raw: true },
  { path: 'process.executable', raw: true },
  { path: 'url.path', raw: true },
  { path: 'http.response.status_code', raw: true, few: true },
  { path: 'process.command_line', raw: false },
  { path: 'message', raw: false },
];

/** The JSON of a row in folded text. */
export const FOLDED_JSON = 'coalesce(folded, lower(fields))';

/** Expressions for a typed path's texts, or undefined for a path that lives in the JSON alone. */
export function typedColumns(
  path: string,
): { readonly folded: string; readonly raw: string | undefined } | undefined {
  const index = TYPED.findIndex((typed) => typed.path === path);
  const typed = TYPED[index];
  return typed && { folded: `f${index}`, raw: typed.raw ? `coalesce(c${index}, f${index})` : undefined };
}

const FIXED = {
  journal: 'VARCHAR',
  frame: 'BIGINT',
  seq: 'BIGINT',
  time_ms: 'BIGINT',
  ingest_ms: 'BIGINT',
  unit: 'VARCHAR',
  realm: 'VARCHAR',
  classification: 'UTINYINT',
  source: 'VARCHAR',
  id: 'VARCHAR',
  odd: 'BOOLEAN',
} as const;

const rawColumns = TYPED.flatMap((typed, index) => (typed.raw ? [`c${index}`] : []));
const foldedColumns = TYPED.map((_, index) => `f${index}`);

/** Statements that make an empty day file under the attached name. */
export function createDaySql(name: string): readonly string[] {
  const columns = [
    ...Object.entries(FIXED).map(([column, type]) => `${column} ${type} NOT NULL`),
    ...[...rawColumns, ...foldedColumns].map((column) => `${column} VARCHAR`),
    'fields VARCHAR NOT NULL',
    'folded VARCHAR',
  ];
  return [
    `CREATE TABLE ${name}.events (${columns.join(', ')})`,
    `CREATE TABLE ${name}.marks (journal VARCHAR PRIMARY KEY, frame BIGINT NOT NULL)`,
    `CREATE TABLE ${name}.layout (version INTEGER NOT NULL)`,
    `INSERT INTO ${name}.layout VALUES (${DAY_SCHEMA})`,
  ];
}

/** Reads lines made by `frameRows` into the day. */
export function insertDaySql(name: string, file: string, longestLine: number): string {
  const own = [...rawColumns, ...foldedColumns, 'fields', 'folded'];
  const types = [
    ...Object.entries(FIXED).map(([column, type]) => `${column}: '${type}'`),
    ...own.map((column) => `${column}: 'VARCHAR'`),
  ];
  const values = [...Object.keys(FIXED), ...own];
  const size = Math.max(2 << 20, longestLine + 1024);
  return (
    `INSERT INTO ${name}.events SELECT ${values.join(', ')} FROM read_ndjson(${quotedSql(file)}, ` +
    `columns = {${types.join(', ')}}, maximum_object_size = ${size})`
  );
}

const NON_ASCII = /[^\0-\x7f]/;

/** A row for `insertDaySql`, and whether only the predicate can judge it. */
export interface EventRow {
  readonly line: string;
  readonly odd: boolean;
}

/** The beginning of a frame's lines: mostly the same for all of its events. */
interface Head {
  readonly unit: string;
  readonly realm: string;
  readonly classification: number;
  readonly source: string;
  readonly ingestedMs: number;
  readonly text: string;
}

/** Writes the events of one frame as rows. Lines are put together by hand: an object of fifty columns costs more than all it holds. */
export function frameRows(journal: string, frame: number): (event: Event) => EventRow {
  let head: Head | undefined;
  return (event) => {
    const { unit, realm, classification, source, ingestedMs } = event;
    if (
      head?.unit !== unit ||
      head.realm !== realm ||
      head.classification !== classification ||
      head.source !== source ||
      head.ingestedMs !== ingestedMs
    ) {
      const ingest_ms = Math.floor(ingestedMs);
      const columns = { journal, frame, unit, realm, classification, source, ingest_ms };
      head = { unit, realm, classification, source, ingestedMs, text: JSON.stringify(columns).slice(0, -1) };
    }
    const fields = storable(event.fields);
    const json = JSON.stringify(fields);
    let odd = hasOddKeys(fields);
    let typed = NON_ASCII.test(json) ? `,"folded":${JSON.stringify(fold(json))}` : '';
    for (let index = 0; index < TYPED.length; index++) {
      const path = TYPED[index] as TypedPath;
      const value = fields[path.path];
      if (value === undefined) continue;
      const cells = typedCells(path, index, value);
      if (cells === undefined) odd = true;
      else typed += cells;
    }
    const own = `"seq":${event.seq},"time_ms":${Math.floor(event.timeMs)},"id":${JSON.stringify(event.id)}`;
    return { line: `${head.text},${own},"odd":${odd},"fields":${JSON.stringify(json)}${typed}}`, odd };
  };
}

/** Cells of values that come again and again (`event.category`, …), by path; bounded, and begun anew when full. */
const knownCells = TYPED.map(() => new Map<Scalar, string>());
const KNOWN_CELLS = 256;

/** The columns of one typed path as they stand in a line, undefined where they cannot hold the value exactly. */
function typedCells(typed: TypedPath, index: number, value: FieldValue): string | undefined {
  const only = typeof value === 'object' ? (value.length === 1 ? value[0] : undefined) : value;
  const known = typed.few === true && only !== undefined ? knownCells[index] : undefined;
  const remembered = known?.get(only as Scalar);
  if (remembered !== undefined) return remembered;
  const text = columnText(value);
  if (text === undefined) return undefined;
  const folded = fold(text);
  let cells = `,"f${index}":${JSON.stringify(folded)}`;
  if (typed.raw && text !== folded) cells += `,"c${index}":${JSON.stringify(text)}`;
  if (known && text.length <= 64) {
    if (known.size >= KNOWN_CELLS) known.clear();
    known.set(only as Scalar, cells);
  }
  return cells;
}

/** Text of a typed column: one value as it is, several joined; undefined where that cannot be held exactly. */
export function columnText(value: FieldValue): string | undefined {
  let text: string;
  if (Array.isArray(value)) {
    const items = value as readonly Scalar[];
    if (items.some((item) => typeof item === 'string' && item.includes(PART))) return undefined;
    text = items.length === 1 ? String(items[0]) : PART + items.join(PART) + PART;
  } else {
    text = String(value);
    if (text.includes(PART)) return undefined;
  }
  return !NON_ASCII.test(text) || isWellFormed(text) ? text : undefined;
}

const LONE = /[\ud800-\udfff]/u;

/** True if the text has no lone surrogate, so that it survives UTF-8. */
export function isWellFormed(text: string): boolean {
  return !LONE.test(text);
}

/** Without what does not exist in a bag: null, undefined, `[]`, numbers that are none. */
function storable(fields: Fields): Fields {
  for (const path in fields) {
    const value = fields[path];
    if (Array.isArray(value) ? !value.every(isScalar) || value.length === 0 : !isScalar(value)) {
      const kept = Object.entries(fields).flatMap(([name, bag]): [string, FieldValue][] => {
        if (!Array.isArray(bag)) return isScalar(bag) ? [[name, bag]] : [];
        const items = bag.filter(isScalar);
        return items.length > 0 ? [[name, items]] : [];
      });
      return Object.fromEntries(kept);
    }
  }
  return fields;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value === 'string' || typeof value === 'boolean';
}

/** Folded form of each key seen, null for one that JSON search cannot tell apart; bounded against hostile keys. */
const seenKeys = new Map<string, string | null>();
const ODD_KEY = /["\\\0-\x1f]/;

function foldedKey(key: string): string | null {
  const seen = seenKeys.get(key);
  if (seen !== undefined) return seen;
  const folded = ODD_KEY.test(key) || !isWellFormed(key) ? null : fold(key);
  if (seenKeys.size < 20_000 && key.length <= 512) seenKeys.set(key, folded);
  return folded;
}

function hasOddKeys(fields: Fields): boolean {
  // Two keys fold alike only where one of them is not its own folding.
  let changed: Set<string> | undefined;
  for (const key in fields) {
    const folded = foldedKey(key);
    if (folded === null) return true;
    if (folded === key) continue;
    if (changed?.has(folded) === true || Object.hasOwn(fields, folded)) return true;
    (changed ??= new Set()).add(folded);
  }
  return false;
}

/** What `rowEvent` reads, in its order; numbers come as doubles, which hold them exactly. */
export const EVENT_COLUMNS =
  'CAST(time_ms AS DOUBLE), CAST(seq AS DOUBLE), id, CAST(ingest_ms AS DOUBLE), unit, realm, classification, source, fields';

/** The event of a row that begins with `EVENT_COLUMNS`. */
export function rowEvent(row: readonly unknown[]): Event {
  const [timeMs, seq, id, ingestedMs, unit, realm, classification, source, fields] = row;
  return {
    id: id as string,
    seq: seq as number,
    timeMs: timeMs as number,
    ingestedMs: ingestedMs as number,
    unit: unit as string,
    realm: realm as string,
    classification: classification as 1 | 2 | 3,
    source: source as string,
    fields: JSON.parse(fields as string) as Fields,
  };
}
