/** Which senders' identifiers were accepted lately: two generations of a hash set over 128-bit keys. */
import { KEY_BYTES } from './identity.js';

/** Open addressing over the keys themselves: they are SHA-256, so they spread evenly and need no further hash. */
class KeySet {
  readonly #words: Uint32Array;
  readonly #slots: number;
  size = 0;

  constructor(capacity: number) {
    // At most 70 % full: then a probe stays short.
    this.#slots = Math.ceil(capacity / 0.7) + 8;
    this.#words = new Uint32Array(this.#slots * 4);
  }

  has(key: Key): boolean {
    return this.#words[this.#find(key) + 3] !== 0;
  }

  add(key: Key): void {
    const at = this.#find(key);
    if (this.#words[at + 3] !== 0) return;
    this.#words.set(key, at);
    this.size++;
  }

  /** Offset of the key, or of the free slot where it belongs. The fourth word is never 0 in a used slot. */
  #find(key: Key): number {
    const words = this.#words;
    let slot = Math.floor(((key[0] as number) / 0x1_0000_0000) * this.#slots);
    for (;;) {
      const at = slot * 4;
      if (words[at + 3] === 0) return at;
      if (
        words[at] === key[0] &&
        words[at + 1] === key[1] &&
        words[at + 2] === key[2] &&
        words[at + 3] === key[3]
      )
        return at;
      slot = slot + 1 === this.#slots ? 0 : slot + 1;
    }
  }
}

type Key = Uint32Array;

/**
 * Remembers at least the last `capacity` keys that were added, and at most twice as many. 23 bytes a key;
 * the memory of a generation is taken when it begins.
 */
export class SenderWindow {
  readonly #capacity: number;
  readonly #key = new Uint32Array(4);
  #young: KeySet | undefined;
  #old: KeySet | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(bytes: Buffer, offset = 0): boolean {
    const key = this.#read(bytes, offset);
    return (this.#young?.has(key) ?? false) || (this.#old?.has(key) ?? false);
  }

  add(bytes: Buffer, offset = 0): void {
    if (this.#young === undefined || this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new KeySet(this.#capacity);
    }
    this.#young.add(this.#read(bytes, offset));
  }

  /** Adds keys that lie one after the other. */
  addAll(bytes: Buffer): void {
    for (let at = 0; at + KEY_BYTES <= bytes.length; at += KEY_BYTES) this.add(bytes, at);
  }

  #read(bytes: Buffer, offset: number): Key {
    const key = this.#key;
    key[0] = bytes.readUInt32LE(offset);
    key[1] = bytes.readUInt32LE(offset + 4);
    key[2] = bytes.readUInt32LE(offset + 8);
    // 0 marks a free slot; the two keys that this makes one differ in a single bit out of 128.
    key[3] = bytes.readUInt32LE(offset + 12) || 1;
    return key;
  }
}
