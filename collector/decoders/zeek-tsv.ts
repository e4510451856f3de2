/**
 * Zeek's logs in columns (TSV): a header of `#` lines names separator, columns and types, and every other line is a
 * row. Source: Zeek's manual, "Zeek Log Formats and Inspection"; escapes as its ASCII writer makes them.
 */
import type { Bag } from './bag.js';

/** A row as the object that Zeek's JSON writer would have made of it, or why it is none. */
export type ZeekLine = 'header' | { readonly value: Bag } | { readonly problem: string };

type Read = (text: string) => unknown;

interface Column {
  readonly name: string;
  readonly read: Read;
}

/** Characters of a header line, and columns; Zeek's widest log has about a hundred. */
const MOST_COLUMNS = 1_024;
const NUMBERS = new Set(['time', 'interval', 'count', 'int', 'double', 'port']);

/**
 * Reads the lines of one stream in their order. A stream is Zeek's from its first `#separator` line on; before it, and
 * in a stream without one, every line is undefined: not Zeek's.
 */
export class ZeekTsv {
  #separator: string | undefined;
  #setSeparator = ',';
  #empty = '(empty)';
  #unset = '-';
  #path = '';
  #names: readonly string[] = [];
  #types: readonly string[] = [];
  #columns: readonly Column[] | undefined;

  read(line: string): ZeekLine | undefined {
    if (line.startsWith('#')) return this.#header(line);
    if (this.#separator === undefined) return undefined;
    return this.#row(line, this.#separator);
  }

  #header(line: string): ZeekLine | undefined {
    if (line.startsWith('#separator ')) {
      this.#separator = unescape(line.slice('#separator '.length).trim()) || '\t';
      this.#columns = undefined;
      this.#names = this.#types = [];
      return 'header';
    }
    if (this.#separator === undefined) return undefined;
    const [name, ...values] = line.split(this.#separator, MOST_COLUMNS);
    const first = values[0] ?? '';
    if (name === '#set_separator') this.#setSeparator = unescape(first) || ',';
    else if (name === '#empty_field') this.#empty = first;
    else if (name === '#unset_field') this.#unset = first;
    else if (name === '#path') this.#path = first;
    else if (name === '#fields') this.#names = values;
    else if (name === '#types') this.#types = values;
    this.#columns = undefined;
    return 'header';
  }

  #row(line: string, separator: string): ZeekLine {
    this.#columns ??= this.#names.map((name, at) => ({ name, read: this.#reader(this.#types[at] ?? '') }));
    const columns = this.#columns;
    const cells = line.split(separator);
    if (columns.length === 0) return { problem: 'no `#fields` header before the line' };
    if (cells.length !== columns.length)
      return {
        problem: `a row of ${cells.length} columns, where the header of Zeek's log names ${columns.length}`,
      };
    const value: Record<string, unknown> = { _path: this.#path };
    for (let at = 0; at < cells.length; at++) {
      const cell = cells[at] as string;
      if (cell === this.#unset) continue;
      const { name, read } = columns[at] as Column;
      const field = read(cell);
      if (field !== undefined && name !== '__proto__') value[name] = field;
    }
    return { value };
  }

  #reader(type: string): Read {
    const of = /^(?:set|vector)\[(\w+)\]$/.exec(type);
    if (!of) return single(type, this.#empty);
    const read = single(of[1] as string, '');
    return (cell) =>
      cell === this.#empty
        ? []
        : cell
            .split(this.#setSeparator)
            .filter((item) => item !== this.#unset)
            .map(read);
  }
}

function single(type: string, empty: string): Read {
  if (type === 'bool') return (cell) => (cell === 'T' ? true : cell === 'F' ? false : undefined);
  if (NUMBERS.has(type))
    return (cell) => {
      const number = Number(cell);
      // A clock that the site had written as text.
      return Number.isFinite(number) && cell !== '' ? number : cell;
    };
  return (cell) => (cell === empty ? '' : unescape(cell));
}

/** `\x09` is a byte, `\\` a backslash; bytes of one run are read as UTF-8 together. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/(?:\\x[0-9a-fA-F]{2})+|\\\\/g, (run) =>
    run === '\\\\' ? '\\' : Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8'),
  );
}
