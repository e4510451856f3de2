/** What an attacker wrote, unwrapped: percent signs, entities, Base64, escapes; step by step, each step shown. */

export const STEPS = ['percent', 'entities', 'escapes', 'base64', 'utf16'] as const;
export type Step = (typeof STEPS)[number];

export interface Decoded {
  readonly text: string;
  /** In the order in which they were undone; empty: nothing was wrapped. */
  readonly steps: readonly Step[];
}

/** Characters that are looked at; what is longer is decoded up to here. */
const MOST = 16_384;
/** Layers that are undone: enough for what scanners send, and an end for what feeds on itself. */
const MOST_STEPS = 4;

export function decode(text: string): Decoded {
  let now = text.slice(0, MOST);
  const steps: Step[] = [];
  while (steps.length < MOST_STEPS) {
    const found = [percent, entities, escapes].flatMap((undo) => {
      const after = undo(now);
      return after === undefined || after.text === now ? [] : [after];
    })[0];
    if (!found) break;
    now = found.text;
    steps.push(found.step);
  }
  return { text: now, steps };
}

interface Undone {
  readonly text: string;
  readonly step: Step;
}

/** Runs of bytes that are UTF-8 together become text, others stay as they stand. */
function percent(text: string): Undone | undefined {
  if (!/%[0-9a-f]{2}/i.test(text)) return undefined;
  const after = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
  return { text: after, step: 'percent' };
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function entities(text: string): Undone | undefined {
  if (!/&(?:#\d{1,7}|#x[0-9a-f]{1,6}|lt|gt|amp|quot|apos);/i.test(text)) return undefined;
  const after = text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot|apos));/gi,
    (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
      if (name) return NAMED[name.toLowerCase()] ?? whole;
      return characterOf(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16)) ?? whole;
    },
  );
  return { text: after, step: 'entities' };
}

function escapes(text: string): Undone | undefined {
  if (!/\\(?:x[0-9a-f]{2}|u[0-9a-f]{4})/i.test(text)) return undefined;
  const after = text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/gi,
    (whole, byte: string | undefined, unit: string | undefined) =>
      characterOf(Number.parseInt(byte ?? unit ?? '', 16)) ?? whole,
  );
  return { text: after, step: 'escapes' };
}

function characterOf(code: number): string | undefined {
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined;
}

/** Longest piece of Base64 that is looked at, and the shortest that is likely to be meant as it. */
const BASE64 = /(?:[A-Za-z0-9+/]{4}){5,4096}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/g;
const MOST_PIECES = 5;

/** Texts that lie in Base64 within a text, such as a command that PowerShell was given; only what reads as text. */
export function hidden(text: string): readonly Decoded[] {
  const found: Decoded[] = [];
  for (const [piece] of text.slice(0, MOST).matchAll(BASE64)) {
    const bytes = bytesOf(piece);
    if (!bytes) continue;
    const wide = utf16(bytes);
    const plain = wide ?? utf8(bytes);
    if (plain !== undefined)
      found.push({ text: plain, steps: wide === undefined ? ['base64'] : ['base64', 'utf16'] });
    if (found.length === MOST_PIECES) break;
  }
  return found;
}

function bytesOf(piece: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(piece), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Every second byte is 0: Latin text in UTF-16, little end first. */
function utf16(bytes: Uint8Array): string | undefined {
  const units = Math.floor(bytes.length / 2);
  if (units < 4) return undefined;
  let zeros = 0;
  for (let at = 1; at < bytes.length; at += 2) if (bytes[at] === 0) zeros += 1;
  if (zeros < units * 0.8) return undefined;
  return readable(new TextDecoder('utf-16le').decode(bytes.subarray(0, units * 2)));
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return readable(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Words and identifiers are Base64 by chance; what they decode to is hardly ever text. */
function readable(text: string): string | undefined {
  return text.length > 3 && !/[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(text) ? text : undefined;
}

/** The parameters of a query or form, in their order, names and values decoded. */
export function parametersOf(query: string): readonly { readonly name: string; readonly value: Decoded }[] {
  return query
    .slice(0, MOST)
    .split('&')
    .slice(0, 64)
    .filter(Boolean)
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = at < 0 ? pair : pair.slice(0, at);
      const value = at < 0 ? '' : pair.slice(at + 1);
      return { name: decode(name).text, value: decode(value.replaceAll('+', ' ')) };
    });
}
