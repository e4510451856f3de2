/** Modifiers that change a text before it is looked for: windash, base64, base64offset and the UTF-16 family. */
import { Buffer } from 'node:buffer';

/** Hyphen-minus, slash, en dash, em dash, horizontal bar (specification 2.1, `windash`). */
const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;
const DASH = /\B[-/]\b/g;
/** Five to the fourth: more option dashes in one value are refused, not cut. */
const MAX_DASHES = 4;

/** All spellings of the value, the written one first; undefined for more than four option dashes. */
export function windash(value: string): readonly string[] | undefined {
  const places = [...value.matchAll(DASH)].map((match) => match.index);
  if (places.length > MAX_DASHES) return undefined;
  let spellings = [value];
  for (const place of places)
    spellings = spellings.flatMap((text) => {
      const written = text[place] as string;
      const others = DASHES.filter((dash) => dash !== written);
      return [written, ...others].map((dash) => text.slice(0, place) + dash + text.slice(place + 1));
    });
  return spellings;
}

export type Utf16 = 'wide' | 'utf16le' | 'utf16be' | 'utf16';

/** The bytes as text of one character a byte, which `base64*` reads back as bytes. */
export function utf16(value: string, form: Utf16): Buffer {
  const bytes = Buffer.from(value, 'utf16le');
  if (form === 'utf16be') return bytes.swap16();
  return form === 'utf16' ? Buffer.concat([Buffer.from([0xff, 0xfe]), bytes]) : bytes;
}

export function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

/** The value within a longer base64 text, at each of the three alignments; only characters that the value alone decides. */
export function base64Offsets(bytes: Buffer): readonly string[] {
  const starts = [0, 2, 3];
  const ends = [0, 3, 2];
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64');
    const cut = ends[(bytes.length + offset) % 3] as number;
    return encoded.slice(starts[offset], encoded.length - cut);
  });
}
