/** Writes sync groups to the active segment: all of a group or nothing, also on a full disk. */
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeAll } from './files.js';
import type { BuiltFrame } from './group.js';
import { Segment, segmentName } from './segment.js';

export class SegmentWriter {
  readonly #folder: string;
  /** The journal's list; a new segment is added to it. */
  readonly #segments: Segment[];
  #file: FileHandle | undefined;
  /** A failed write has left bytes behind the synced end that could not be cut yet. */
  #dirty = false;

  constructor(folder: string, segments: Segment[]) {
    this.#folder = folder;
    this.#segments = segments;
  }

  get active(): Segment | undefined {
    return this.#segments.at(-1);
  }

  /** Appends and syncs. Throws the error of the file system, having kept nothing. */
  async write(frames: readonly BuiltFrame[]): Promise<void> {
    const segment = this.active as Segment;
    const file = (this.#file ??= await open(segment.path, 'r+'));
    if (this.#dirty) {
      await file.truncate(segment.bytes);
      this.#dirty = false;
    }
    const parts = frames.flatMap(({ header, payload }) => [header, payload]);
    const only = parts.length === 2 && (parts[1] as Buffer).length > 1_000_000;
    try {
      let at = segment.bytes;
      // One call for what is small; large payloads are not copied once more.
      for (const bytes of only ? parts : [Buffer.concat(parts)]) {
        await writeAll(file, bytes, at);
        at += bytes.length;
      }
      await file.datasync();
    } catch (error) {
      this.#dirty = true;
      await file.truncate(segment.bytes).then(
        () => (this.#dirty = false),
        () => undefined,
      );
      throw error;
    }
    for (const { frame, header, payload } of frames) {
      segment.mark(frame.number, segment.bytes);
      segment.bytes += header.length + payload.length;
    }
  }

  /** Begins a new segment. Throws the error of the file system; the old one then stays the active one. */
  async roll(firstFrame: number, firstSeq: number): Promise<void> {
    const path = join(this.#folder, segmentName(firstFrame, firstSeq));
    const file = await open(path, 'w+', 0o600);
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      await file.close();
      throw error;
    }
    const before = this.active;
    await this.#file?.close();
    this.#file = file;
    this.#dirty = false;
    const startBytes = before ? before.startBytes + before.bytes : 0;
    this.#segments.push(new Segment(path, firstFrame, firstSeq, startBytes, 0));
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}
