/** `key=value` texts of auditd and netfilter: read forward once, bounded, quotes kept apart. */

export interface Pair {
  readonly key: string;
  readonly value: string;
  /** The value stood in quotes; a bare one may be hexadecimal. */
  readonly quoted: boolean;
}

/** Pairs of one line. */
const MOST_PAIRS = 128;
const MOST_KEY = 64;

/** Letters, digits, `_`, `-`, and `a1[0]` of a long argument. */
const KEY = new Uint8Array(128);
for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-[]')
  KEY[letter.charCodeAt(0)] = 1;
/** What parts pairs. auditd parts what it knows from what it looked up by a group separator; commas follow some values. */
const GAP = new Uint8Array(128);
for (const letter of ' \t\n\r,\u001d') GAP[letter.charCodeAt(0)] = 1;
const EQUALS = 0x3d;
const COMMA = 0x2c;

const isIn = (table: Uint8Array, code: number): boolean => code < 128 && table[code] === 1;
/** Blanks and the group separator; a comma lies within values. */
const endsValue = (code: number): boolean => code !== COMMA && isIn(GAP, code);

/** Words without `=` are given with an empty value. `'…'` and `"…"` hold blanks. */
export function readPairs(text: string): Pair[] {
  const pairs: Pair[] = [];
  const length = text.length;
  let at = 0;
  while (at < length && pairs.length < MOST_PAIRS) {
    while (at < length && isIn(GAP, text.charCodeAt(at))) at++;
    const start = at;
    while (at < length && isIn(KEY, text.charCodeAt(at))) at++;
    const key = text.slice(start, Math.min(at, start + MOST_KEY));
    if (text.charCodeAt(at) !== EQUALS) {
      // No pair: on to the next blank.
      while (at < length && !endsValue(text.charCodeAt(at))) at++;
      if (key !== '') pairs.push({ key, value: '', quoted: false });
      continue;
    }
    at++;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, at + 1);
      const stop = end < 0 ? length : end;
      if (key !== '') pairs.push({ key, value: text.slice(at + 1, stop), quoted: true });
      at = stop + 1;
      continue;
    }
    const from = at;
    while (at < length && !endsValue(text.charCodeAt(at))) at++;
    const end = at > from && text.charCodeAt(at - 1) === COMMA ? at - 1 : at;
    if (key !== '') pairs.push({ key, value: text.slice(from, end), quoted: false });
  }
  return pairs;
}
