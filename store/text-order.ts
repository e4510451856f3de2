/** Order of texts by code point, which is the order of UTF-8 bytes that the engines sort by. */

/** Negative, zero or positive, as `Array.sort` wants it. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    // Surrogates stand below U+E000–U+FFFF in UTF-16 but above them in UTF-8.
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
