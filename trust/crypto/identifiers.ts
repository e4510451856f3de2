/** Identifiers that sort by time: a prefix and a ULID (48 bits of milliseconds, 80 random bits, Crockford base 32). */
import { randomBytes } from 'node:crypto';
import { base32Of } from '#kernel/base32.js';
import type { Clock, Identifiers, IdPrefix } from '#kernel/clock.js';

/** A clock that steps back by less than this does not unsort new identifiers; a greater step is believed. */
const HELD_BACK_MS = 10_000;
const RANDOM_BITS = 80n;

/** Returns `size` unpredictable bytes. */
export type RandomSource = (size: number) => Buffer;

export const secureRandom: RandomSource = (size) => randomBytes(size);

/** Within one millisecond (or while the clock stands still) each identifier is the one before plus one. */
export function createIdentifiers(clock: Clock, random: RandomSource = secureRandom): Identifiers {
  let lastMs = -1;
  let tail = 0n;
  return {
    next(prefix: IdPrefix): string {
      const nowMs = clock.nowMs();
      const held = nowMs <= lastMs && lastMs - nowMs < HELD_BACK_MS;
      if (held && tail + 1n < 1n << RANDOM_BITS) {
        tail += 1n;
      } else {
        lastMs = held ? lastMs + 1 : nowMs;
        tail = BigInt(`0x${random(10).toString('hex')}`);
      }
      return `${prefix}_${base32((BigInt(lastMs) << RANDOM_BITS) | tail)}`;
    },
  };
}

/** 26 characters hold 130 bits: two zeros before the 128, and six after that fill the last byte and are not written. */
function base32(value: bigint): string {
  return base32Of(Buffer.from((value << 6n).toString(16).padStart(34, '0'), 'hex').toString('latin1'));
}
