/** Crockford base 32, in which every identifier of ours is written. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));

/** The first bits of a binary string (a character is a byte) as so many characters of five bits each. */
export function base32Of(bytes: string, characters = 26): string {
  // Codes made a string at once: growing a string by single characters costs several times as much.
  const codes = new Array<number>(characters);
  let bits = 0;
  let held = 0;
  let index = 0;
  for (let at = 0; at < characters; at++) {
    if (bits < 5) {
      held = ((held & 0x1f) << 8) | bytes.charCodeAt(index++);
      bits += 8;
    }
    bits -= 5;
    codes[at] = CODES[(held >>> bits) & 0x1f] as number;
  }
  return String.fromCharCode.apply(undefined, codes);
}

/** The inverse: whole bytes of the text as numbers, at most `length`; undefined where a character is not one of ours. */
export function bytesOfBase32(text: string, length: number): number[] | undefined {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (let index = 0; index < text.length && bytes.length < length; index++) {
    const digit = ALPHABET.indexOf(text[index] as string);
    if (digit < 0) return undefined;
    held = ((held & 0xff) << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >>> bits) & 0xff);
  }
  return bytes;
}
