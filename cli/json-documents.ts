/** Splits text into JSON objects by their braces, as it comes: one pretty-printed array, or objects one after the other. */

/** One record as it stands in the file. `number` is its line for line files, its ordinal for others and within an envelope; from 1. */
export type FileRecord =
  | {
      readonly kind: 'json';
      readonly number: number;
      readonly value: unknown;
      /** The line where it is no JSON: a row of columns. */
      readonly line?: string;
    }
  | { readonly kind: 'text'; readonly number: number; readonly text: string }
  | { readonly kind: 'broken'; readonly number: number; readonly reason: string };

export interface JsonDocuments {
  push(text: string): Generator<FileRecord>;
  /** What is left at the end of the file. */
  end(): Generator<FileRecord>;
}

/** `limit`: longest document, in characters. */
export function jsonDocuments(limit: number): JsonDocuments {
  let number = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  let current = '';

  function* push(text: string): Generator<FileRecord> {
    let from = depth > 0 ? 0 : -1;
    for (let at = 0; at < text.length; at++) {
      const character = text.charCodeAt(at);
      if (inText) {
        if (escaped) escaped = false;
        else if (character === 0x5c) escaped = true;
        else if (character === 0x22) inText = false;
      } else if (character === 0x22) inText = depth > 0;
      else if (character === 0x7b && depth++ === 0) from = at;
      else if (character === 0x7d && depth > 0 && --depth === 0) {
        current += text.slice(from, at + 1);
        from = -1;
        yield finish();
      }
    }
    if (from >= 0) current += text.slice(from);
    if (current.length > limit) {
      current = '';
      yield {
        kind: 'broken',
        number: ++number,
        reason: `the document is longer than ${limit} characters`,
      };
      depth = 0;
      inText = false;
    }
  }

  function finish(): FileRecord {
    const text = current;
    current = '';
    number += 1;
    try {
      return { kind: 'json', number, value: JSON.parse(text) };
    } catch (error) {
      return { kind: 'broken', number, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    push,
    *end() {
      if (depth > 0 || current !== '')
        yield { kind: 'broken', number: number + 1, reason: 'the file ends within a document' };
    },
  };
}
