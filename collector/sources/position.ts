/** Where a reader stands, kept outside of it so that it survives a restart. */

/** Injected; the server keeps positions with the source record. */
export interface PositionStore {
  /** The text last saved for the source, or undefined. */
  load(source: string): Promise<string | undefined>;
  /** Called only after the journal has accepted everything before that position. */
  save(source: string, position: string): Promise<void>;
}

/** Position in a file. */
export interface FilePosition {
  readonly dev: number;
  readonly ino: number;
  /** How often reading began anew at byte 0: after a rotation or truncation. */
  readonly generation: number;
  /** Bytes that have been taken, up to a line end. */
  readonly offset: number;
  /** SHA-256 (hex) of the first `headBytes` bytes: the file is known by what it begins with, since inodes are reused. */
  readonly head: string;
  readonly headBytes: number;
}

/** Undefined for a text that is none of ours. */
export function readFilePosition(text: string | undefined): FilePosition | undefined {
  if (text === undefined) return undefined;
  try {
    const { dev, ino, generation = 0, offset, head, headBytes } = JSON.parse(text) as Partial<FilePosition>;
    const numbers = [dev, ino, generation, offset, headBytes].every(
      (item) => Number.isSafeInteger(item) && (item as number) >= 0,
    );
    return numbers && typeof head === 'string'
      ? ({ dev, ino, generation, offset, head, headBytes } as FilePosition)
      : undefined;
  } catch {
    return undefined;
  }
}
