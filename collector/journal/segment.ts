/** A segment: one file of frames in order, read sequentially, past damage where there is some. */
import { open, type FileHandle } from 'node:fs/promises';
import { decodeHeader, HEADER_BYTES, isWhole, MAGIC, type FrameHeader } from './format.js';

/** Distance of the marks by which a frame is found without walking the whole file. */
const MARK_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;

interface Mark {
  readonly number: number;
  readonly offset: number;
}

export class Segment {
  readonly path: string;
  /** Frame and sequence that come first in it. */
  readonly firstFrame: number;
  readonly firstSeq: number;
  /** Bytes of all segments before it since the first one that is still here when the journal was opened. */
  readonly startBytes: number;
  /** Length of what is synced. */
  bytes: number;
  readonly #marks: Mark[];

  constructor(path: string, firstFrame: number, firstSeq: number, startBytes: number, bytes: number) {
    this.path = path;
    this.firstFrame = firstFrame;
    this.firstSeq = firstSeq;
    this.startBytes = startBytes;
    this.bytes = bytes;
    this.#marks = [{ number: firstFrame, offset: 0 }];
  }

  /** Notes where a frame begins; kept if it is far enough from the mark before. */
  mark(number: number, offset: number): void {
    const last = this.#marks.at(-1) as Mark;
    if (offset >= last.offset + MARK_BYTES && number > last.number) this.#marks.push({ number, offset });
  }

  /** Greatest known offset at or before the frame. */
  offsetBefore(number: number): number {
    const marks = this.#marks;
    let low = 0;
    let high = marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((marks[middle] as Mark).number <= number) low = middle;
      else high = middle - 1;
    }
    return (marks[low] as Mark).offset;
  }
}

const NAME = /^(\d{12})-(\d{15})\.seg$/;

export function segmentName(firstFrame: number, firstSeq: number): string {
  return `${String(firstFrame).padStart(12, '0')}-${String(firstSeq).padStart(15, '0')}.seg`;
}

export function parseSegmentName(name: string): { firstFrame: number; firstSeq: number } | undefined {
  const parts = NAME.exec(name);
  return parts ? { firstFrame: Number(parts[1]), firstSeq: Number(parts[2]) } : undefined;
}

export type Found =
  | {
      readonly kind: 'frame';
      readonly header: FrameHeader;
      readonly offset: number;
      readonly payload: Buffer;
    }
  /** Bytes that are no whole frame, up to the next one that is, or to the end of the segment. */
  | {
      readonly kind: 'damage';
      readonly offset: number;
      readonly bytes: number;
      /** A frame of which the header still tells number, sequence and size, all inside the file. */
      readonly header?: FrameHeader;
      /** No whole frame follows in this segment. */
      readonly last: boolean;
    };

/** Reads a segment's frames from an offset on. A payload is valid until the next call. */
export class SegmentReader {
  readonly segment: Segment;
  readonly #file: FileHandle;
  #offset = 0;
  #window = Buffer.alloc(0);
  #windowAt = 0;

  private constructor(segment: Segment, file: FileHandle) {
    this.segment = segment;
    this.#file = file;
  }

  static async open(segment: Segment): Promise<SegmentReader> {
    return new SegmentReader(segment, await open(segment.path, 'r'));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Goes to the first frame with this number or a greater one; damage on the way is stopped at. */
  async seek(number: number): Promise<void> {
    this.#offset = this.segment.offsetBefore(number);
    while (this.#offset < this.segment.bytes) {
      const header = await this.#headerAt(this.#offset);
      if (header === undefined || header.number >= number) return;
      this.segment.mark(header.number, this.#offset);
      this.#offset += HEADER_BYTES + header.payloadBytes;
    }
  }

  /** What comes next; undefined at the end of what is synced, and again more once more is. */
  async next(): Promise<Found | undefined> {
    const offset = this.#offset;
    if (offset >= this.segment.bytes) return undefined;
    const header = await this.#headerAt(offset);
    const payload = header && (await this.#payloadAt(offset, header));
    if (header === undefined || payload === undefined) return this.#passDamage(offset);
    this.segment.mark(header.number, offset);
    this.#offset = offset + HEADER_BYTES + header.payloadBytes;
    return { kind: 'frame', header, offset, payload };
  }

  /** Looks for the next whole frame behind damage, byte by byte: a lost header has lost its length too. */
  async #passDamage(from: number): Promise<Found> {
    let readable: FrameHeader | undefined;
    for (let at = from; at < this.segment.bytes;) {
      const window = await this.#read(at, CHUNK_BYTES);
      let hit = window.indexOf(MAGIC);
      while (hit >= 0) {
        const header = await this.#headerAt(at + hit);
        if (header !== undefined) {
          if ((await this.#payloadAt(at + hit, header)) !== undefined) {
            this.#offset = at + hit;
            const bytes = this.#offset - from;
            return {
              kind: 'damage',
              offset: from,
              bytes,
              last: false,
              ...(readable && { header: readable }),
            };
          }
          if (at + hit + HEADER_BYTES + header.payloadBytes <= this.segment.bytes) readable = header;
        }
        // Reading the payload may have moved the window.
        const again = await this.#read(at, CHUNK_BYTES);
        hit = again.indexOf(MAGIC, hit + 1);
      }
      // The magic may lie across two windows.
      at += Math.max(1, window.length - MAGIC.length + 1);
    }
    this.#offset = this.segment.bytes;
    const bytes = this.segment.bytes - from;
    return { kind: 'damage', offset: from, bytes, last: true, ...(readable && { header: readable }) };
  }

  async #headerAt(offset: number): Promise<FrameHeader | undefined> {
    return decodeHeader(await this.#read(offset, HEADER_BYTES), 0);
  }

  /** The payload if it is whole. */
  async #payloadAt(offset: number, header: FrameHeader): Promise<Buffer | undefined> {
    const start = offset + HEADER_BYTES;
    if (start + header.payloadBytes > this.segment.bytes) return undefined;
    const payload = await this.#read(start, header.payloadBytes);
    return isWhole(header, payload) ? payload : undefined;
  }

  /** Up to `length` bytes from the offset, fewer only at the end of what is synced. */
  async #read(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.segment.bytes - offset);
    if (wanted <= 0) return Buffer.alloc(0);
    const inside = offset - this.#windowAt;
    if (inside >= 0 && inside + wanted <= this.#window.length)
      return this.#window.subarray(inside, inside + wanted);
    const size = Math.min(Math.max(wanted, CHUNK_BYTES), this.segment.bytes - offset);
    const window = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await this.#file.read(window, filled, size - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#window = window.subarray(0, filled);
    this.#windowAt = offset;
    return this.#window.subarray(0, Math.min(wanted, filled));
  }
}
