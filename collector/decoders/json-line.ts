/** One line of JSON as an object, or why it is none. */

export type JsonLine =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: string };

/** Only objects are records; a bare string, number or array is not. The reason never repeats the line itself. */
export function decodeJsonLine(text: string): JsonLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    return {
      ok: false,
      reason: position === undefined ? 'no valid JSON' : `no valid JSON at character ${position}`,
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, reason: 'JSON, but no object' };
  return { ok: true, value: value as Readonly<Record<string, unknown>> };
}

/** True if the text may be a JSON object: its first character that is no blank is `{`. */
export function looksLikeJson(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b) return true;
    if (code > 0x20) return false;
  }
  return false;
}
