/** Event identifiers and sender keys: both are the SHA-256 of what makes an event the same event again. */
import { hash } from 'node:crypto';

/** Crockford base 32. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** SHA-256 as a string of 32 characters of one byte each: half the price of a Buffer. */
export type Digest = string;

export function digestOf(text: string): Digest {
  return hash('sha256', text, 'binary');
}

/** First 130 bits of the digest as 26 characters. */
export function base32Of(digest: Digest): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (let index = 0; text.length < 26; index++) {
    held = ((held & 0x1f) << 8) | digest.charCodeAt(index);
    bits += 8;
    while (bits >= 5 && text.length < 26) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 0x1f] as string;
    }
  }
  return text;
}

/** Identifier of the event with this sender's identifier, whenever and however often it is sent. */
export function identifiedEventId(digest: Digest): string {
  return `evt_${base32Of(digest)}`;
}

/** Identifier of an event whose sender gave none: its place in the journal. */
export function placedEventId(journal: string, seq: number): string {
  return `evt_${base32Of(digestOf(`${journal}/${seq}`))}`;
}

/** Bytes of a sender key. */
export const KEY_BYTES = 16;

/** The key as the window and its log hold it: the first 128 bits of the digest. */
export function writeKey(digest: Digest, into: Buffer, offset: number): void {
  into.write(digest, offset, KEY_BYTES, 'latin1');
}

/** The inverse of {@link base32Of} as far as the key reaches; undefined where the text is not one of ours. */
export function keyOfBase32(text: string): Buffer | undefined {
  const key = Buffer.alloc(KEY_BYTES);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < text.length && at < KEY_BYTES; index++) {
    const digit = ALPHABET.indexOf(text[index] as string);
    if (digit < 0) return undefined;
    held = ((held & 0xff) << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      key[at++] = (held >>> bits) & 0xff;
    }
  }
  return at === KEY_BYTES ? key : undefined;
}
