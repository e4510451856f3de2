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

const isKey = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x30 && code <= 0x39) ||
  code === 0x5f ||
  code === 0x2d ||
  // `a1[0]` of a long argument.
  code === 0x5b ||
  code === 0x5d;

/** Words without `=` are given with an empty value. `'…'` and `"…"` hold blanks. */
export function readPairs(text: string): Pair[] {
  const pairs: Pair[] = [];
  let at = 0;
  while (at < text.length && pairs.length < MOST_PAIRS) {
    // auditd parts what it knows from what it looked up by a group separator; commas follow some values.
    while (at < text.length && /[\s,\u001d]/.test(text[at] as string)) at++;
    const start = at;
    while (at < text.length && isKey(text.charCodeAt(at))) at++;
    const key = text.slice(start, Math.min(at, start + MOST_KEY));
    if (text[at] !== '=') {
      // No pair: skip to the next blank.
      while (at < text.length && !/\s/.test(text[at] as string)) at++;
      if (key !== '' && at > start) pairs.push({ key, value: '', quoted: false });
      continue;
    }
    at++;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, at + 1);
      const stop = end < 0 ? text.length : end;
      if (key !== '') pairs.push({ key, value: text.slice(at + 1, stop), quoted: true });
      at = stop + 1;
      continue;
    }
    let end = at;
    while (end < text.length && !/[\s\u001d]/.test(text[end] as string)) end++;
    if (key !== '') pairs.push({ key, value: text.slice(at, end).replace(/,$/, ''), quoted: false });
    at = end;
  }
  return pairs;
}
