/** Secrets that machines carry: 256 random bits as text, of which only the SHA-256 is kept. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { secureRandom, type RandomSource } from '../crypto/identifiers.js';

const SECRET_BYTES = 32;

/** 43 characters of base64url. */
export function newSecret(random: RandomSource = secureRandom): string {
  return random(SECRET_BYTES).toString('base64url');
}

/** SHA-256, hex. Enough for 256 random bits; passwords need argon2. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** True if the secret has this hash; takes the same time wherever they differ. */
export function isSecret(secret: string, hash: string): boolean {
  const actual = Buffer.from(hashSecret(secret), 'hex');
  const expected = Buffer.from(hash, 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
