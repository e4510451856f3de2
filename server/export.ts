/** Results as files: CSV for spreadsheets, NDJSON for programs. */
import { stringify } from 'csv-stringify/sync';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** A name under which a value of the row stands. */
export interface Column<T> {
  readonly name: string;
  readonly of: (row: T) => unknown;
}

/**
 * RFC 4180 with a byte order mark, by which spreadsheets know UTF-8. What a spreadsheet would run as a formula (`=`, `+`,
 * `-`, `@`, tabulator, carriage return at its beginning) gets an apostrophe before it, behind white space or a
 * character of no width too: some programs take those away.
 */
export async function* csvOf<T>(
  pages: AsyncIterable<readonly T[]>,
  columns: readonly Column<T>[],
): AsyncGenerator<string> {
  yield `\ufeff${csvRows([columns.map(({ name }) => name)])}`;
  for await (const page of pages) yield csvRows(page.map((row) => columns.map(({ of }) => plain(of(row)))));
}

export async function* ndjsonOf<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function csvRows(rows: readonly (readonly unknown[])[]): string {
  return rows.length === 0
    ? ''
    : stringify(rows as unknown[][], { escape_formulas: true, record_delimiter: 'windows' });
}

const HIDDEN_FORMULA = /^[\s\u200b-\u200d\u2060\ufeff]+[=+\-@＝＋－＠]/;

function plain(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(plain).join('; ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
  return HIDDEN_FORMULA.test(text) ? `'${text}` : text;
}

/** The pages of a search until there is no next one, or the reader has gone. */
export async function* pagesOf<T>(
  read: (
    cursor: string | undefined,
  ) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): AsyncGenerator<readonly T[]> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
