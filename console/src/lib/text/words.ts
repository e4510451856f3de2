/** Messages whose key is put together from a closed list of words; an unknown word shows as it is. */
import { m } from '$lib/paraglide/messages.js';

type Fill = Readonly<Record<string, string | number>>;
const table = m as unknown as Readonly<Record<string, ((fill: Fill) => string) | undefined>>;

/** The message of that key, or undefined where there is none. */
export function textOf(key: string, fill: Fill = {}): string | undefined {
  return Object.hasOwn(table, key) ? table[key]?.(fill) : undefined;
}

export type WordKind =
  | 'severity'
  | 'status'
  | 'disposition'
  | 'outcome'
  | 'direction'
  | 'device'
  | 'decoded'
  | 'observable'
  | 'stage'
  | 'grade'
  | 'warning'
  | 'role'
  | 'scope'
  | 'source_kind'
  | 'source_state'
  | 'entity'
  | 'timeline'
  | 'job_state'
  | 'audit_result'
  | 'noun'
  | 'coverage'
  | 'coverage_text'
  | 'level'
  | 'beacon'
  | 'loss';

/** The key of a vocabulary word: `events:read` of `scope` is `scope_events_read`. */
export function wordKey(kind: WordKind, value: string): string {
  return `${kind}_${value.replace(/[^A-Za-z0-9]/g, '_')}`;
}

export function wordOf(kind: WordKind, value: string): string {
  return textOf(wordKey(kind, value)) ?? value;
}
