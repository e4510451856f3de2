export const NON_ASCII = /[^\0-\x7f]/;

/**
 * Case folding, ours, applied at write and at query: engines differ on it (`İ`, final `Σ`).
 * Each code point is lower-cased by itself where that yields one code point; final sigma folds to sigma.
 */
export function fold(text: string): string {
  if (!NON_ASCII.test(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) {
    const lower = character.toLowerCase();
    folded += lower === 'ς' ? 'σ' : lower.length === character.length ? lower : character;
  }
  return folded;
}
