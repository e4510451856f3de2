/** The newest frames in memory: a reader that keeps up never touches the disk. */
import type { Frame } from '#kernel/event.js';

export class FrameRing {
  readonly #limitBytes: number;
  readonly #frames = new Map<number, { readonly frame: Frame; readonly bytes: number }>();
  #bytes = 0;

  /** `limitBytes` is counted in bytes on disk; in memory a frame takes about four times as much. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(number: number): Frame | undefined {
    return this.#frames.get(number)?.frame;
  }

  add(frame: Frame, bytes: number): void {
    this.#frames.set(frame.number, { frame, bytes });
    this.#bytes += bytes;
    for (const [number, held] of this.#frames) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#frames.delete(number);
      this.#bytes -= held.bytes;
    }
  }

  /** Lets go what nobody will ask for any more. */
  dropThrough(number: number): void {
    for (const [held, { bytes }] of this.#frames) {
      if (held > number) return;
      this.#frames.delete(held);
      this.#bytes -= bytes;
    }
  }
}
