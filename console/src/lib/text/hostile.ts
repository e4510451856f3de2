/** Text from logs, made safe to look at: control and direction characters become visible marks. */

export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'control'; readonly text: string; readonly code: string };

/**
 * C0 without tab and line feed, DEL, C1, soft hyphen, zero-width and direction characters (the "Trojan Source" set,
 * CVE-2021-42574), line separators, byte order mark, tags and lone surrogates.
 */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const HIDDEN_OR_BREAK = new RegExp(`${HIDDEN.source}|[\\t\\n]`, 'gu');

/** Whether nothing in it needs a stand-in: so is nearly every text. */
export const isPlain = (text: string, oneLine: boolean): boolean =>
  text.search(oneLine ? HIDDEN_OR_BREAK : HIDDEN) < 0;

function pictureOf(code: number): string {
  // Caret notation: the control pictures are missing from many fonts.
  if (code < 0x20 || code === 0x7f) return `^${String.fromCodePoint(code ^ 0x40)}`;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Splits into plain runs and visible stand-ins. With `oneLine`, tabs and line feeds are marked too. */
export function visibleSegments(text: string, oneLine = false): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  const pattern = oneLine ? HIDDEN_OR_BREAK : HIDDEN;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) segments.push({ kind: 'text', text: text.slice(from, match.index) });
    const code = match[0].codePointAt(0) ?? 0;
    segments.push({
      kind: 'control',
      text: pictureOf(code),
      code: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
    });
    from = match.index + match[0].length;
  }
  if (from < text.length) segments.push({ kind: 'text', text: text.slice(from) });
  return segments;
}

export interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

/** Of a longer needle so much is looked for, and so many needles: an engine refuses a pattern beyond some size. */
const NEEDLE_MOST = 1_000;
const NEEDLES_MOST = 50;

/**
 * Marks every place where one of the needles stands, ignoring ASCII case. Needles under two characters mark nothing; of
 * a needle over 1,000 characters the beginning is marked.
 */
export function markPieces(text: string, needles: readonly string[]): Piece[] {
  const long = needles.filter((needle) => needle.length >= 2).map((needle) => needle.slice(0, NEEDLE_MOST));
  const wanted = [...new Set(long)].slice(0, NEEDLES_MOST).sort((a, b) => b.length - a.length);
  if (wanted.length === 0) return text ? [{ text, hit: false }] : [];
  const pattern = new RegExp(
    wanted.map((needle) => needle.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
    'gi',
  );
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), hit: false });
    pieces.push({ text: match[0], hit: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hit: false });
  return pieces;
}
