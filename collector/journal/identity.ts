/** Event identifiers and sender keys: both are the SHA-256 of what makes an event the same event again. */
import { hash } from 'node:crypto';
import { base32Of, bytesOfBase32 } from '#kernel/base32.js';

/** SHA-256 as a string of 32 characters of one byte each: half the price of a Buffer. */
export type Digest = string;

export function digestOf(text: string): Digest {
  return hash('sha256', text, 'binary');
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

/** The key of the event with this identifier (without its prefix); undefined where the text is not one of ours. */
export function keyOfBase32(text: string): Buffer | undefined {
  const bytes = bytesOfBase32(text, KEY_BYTES);
  return bytes?.length === KEY_BYTES ? Buffer.from(bytes) : undefined;
}
