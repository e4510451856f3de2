/** Bytes to text: invalid UTF-8 is decoded with replacement characters and flagged, never refused. */
import { isUtf8 } from 'node:buffer';

export interface DecodedText {
  readonly text: string;
  /** True if at least one byte sequence was no UTF-8 and shows as U+FFFD. */
  readonly invalidUtf8: boolean;
}

/** A byte order mark at the very start is dropped. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return { text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, invalidUtf8: !isUtf8(buffer) };
}
