/** Reads frames from disk in order over all segments, telling of damage instead of stopping at it. */
import type { Frame } from '#kernel/event.js';
import { decodeFrame } from './format.js';
import { SegmentReader, type Segment } from './segment.js';

export interface Damage {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

export class DiskCursor {
  readonly #journal: string;
  /** The journal's own list: segments come and go while the cursor stands. */
  readonly #segments: readonly Segment[];
  readonly #onDamage: (damage: Damage) => void;
  #reader: SegmentReader | undefined;
  #next = 0;

  constructor(journal: string, segments: readonly Segment[], onDamage: (damage: Damage) => void) {
    this.#journal = journal;
    this.#segments = segments;
    this.#onDamage = onDamage;
  }

  /** The first readable frame with this number or a greater one; undefined at the end. */
  async next(from: number): Promise<Frame | undefined> {
    if (this.#reader === undefined || from !== this.#next) await this.#enter(this.#segmentOf(from), from);
    while (this.#reader !== undefined) {
      const { segment } = this.#reader;
      const found = await this.#reader.next();
      if (found === undefined) {
        const following = this.#segments.find((other) => other.firstFrame > segment.firstFrame);
        if (following === undefined) return undefined;
        await this.#enter(following, from);
      } else if (found.kind === 'damage') {
        this.#onDamage({ file: segment.path, offset: found.offset, bytes: found.bytes });
      } else if (found.header.number >= from) {
        this.#next = found.header.number + 1;
        return decodeFrame(this.#journal, found.header, found.payload);
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  #segmentOf(number: number): Segment | undefined {
    return this.#segments.findLast((segment) => segment.firstFrame <= number) ?? this.#segments[0];
  }

  async #enter(segment: Segment | undefined, from: number): Promise<void> {
    await this.close();
    let candidate = segment;
    while (candidate !== undefined) {
      const { firstFrame, path, bytes } = candidate;
      try {
        this.#reader = await SegmentReader.open(candidate);
        await this.#reader.seek(from);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        // Released meanwhile, or removed behind our back: only the latter is damage.
        if (this.#segments.includes(candidate)) this.#onDamage({ file: path, offset: 0, bytes });
        candidate = this.#segments.find((other) => other.firstFrame > firstFrame);
      }
    }
  }
}
