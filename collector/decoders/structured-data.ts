/** Structured data of RFC 5424 section 6.3, with its escapes. */

export type StructuredData = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface StructuredDataResult {
  readonly data: StructuredData;
  /** Index of the first character after it. */
  readonly end: number;
}

/**
 * Reads the elements that start at `at` (a `[`, or `-` for none). A parameter given twice keeps the last value under
 * its name and the earlier ones under `name.2`, `name.3` … Undefined where the text breaks off or is malformed.
 */
export function readStructuredData(text: string, at: number): StructuredDataResult | undefined {
  if (text[at] === '-') return { data: {}, end: at + 1 };
  if (text[at] !== '[') return undefined;
  const data: Record<string, Record<string, string>> = Object.create(null) as Record<
    string,
    Record<string, string>
  >;
  while (text[at] === '[') {
    const id = readName(text, at + 1);
    if (id === '') return undefined;
    at += 1 + id.length;
    const params: Record<string, string> = (data[id] ??= Object.create(null) as Record<string, string>);
    while (text[at] === ' ') {
      while (text[at] === ' ') at++;
      const name = readName(text, at);
      at += name.length;
      if (name === '' || text[at] !== '=' || text[at + 1] !== '"') return undefined;
      const end = closingQuote(text, at + 2);
      if (end < 0) return undefined;
      params[freeName(params, name)] = unescape(text.slice(at + 2, end));
      at = end + 1;
    }
    if (text[at] !== ']') return undefined;
    at++;
  }
  return { data, end: at };
}

function freeName(params: Record<string, string>, name: string): string {
  if (!(name in params)) return name;
  for (let count = 2; ; count++) if (!(`${name}.${count}` in params)) return `${name}.${count}`;
}

/** SD-NAME: printable ASCII but `=`, blank, `]` and `"`. */
function readName(text: string, at: number): string {
  let end = at;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code <= 0x20 || code === 0x3d || code === 0x5d || code === 0x22 || code > 0x7e) break;
  }
  return text.slice(at, end);
}

function closingQuote(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return -1;
}

/** Only `\"`, `\\` and `\]` are escapes; any other backslash stands for itself. */
function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\(["\\\]])/g, '$1') : text;
}
