/** Time and identifiers come in through these ports, so that decisions stay pure and tests need no sleep. */
export interface Clock {
  /** Wall time, epoch milliseconds UTC. */
  nowMs(): number;
}

export interface Identifiers {
  /** A new identifier with the prefix, sortable by time: `inc_01J…` (26 characters of Crockford base 32 after the prefix). */
  next(prefix: IdPrefix): string;
}

export const ID_PREFIXES = [
  'alr',
  'inc',
  'evt',
  'src',
  'usr',
  'key',
  'ses',
  'jrn',
  'cmt',
  'tml',
  'dlv',
  'exc',
  'tsk',
  'obs',
  'att',
  'vew',
  'job',
  'hnt',
  'chg',
  'ntc',
  'run',
] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

/** Epoch milliseconds as ISO 8601 in UTC, as records and the API carry it. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
