/** Problems of a Sigma rule before they are placed: a path into the document instead of a line. */
import type { Span } from './condition.js';

/** Every code that a rule file can be told, stable. */
export const CODES = [
  'sigma.yaml.syntax',
  'sigma.yaml.empty',
  'sigma.document.not_a_map',
  'sigma.document.too_large',
  'sigma.document.unsupported',
  'sigma.action.unknown',
  'sigma.action.unused',
  'sigma.action.nothing_before',
  'sigma.field.missing',
  'sigma.field.type',
  'sigma.field.value',
  'sigma.id.missing',
  'sigma.id.duplicate',
  'sigma.logsource.empty',
  'sigma.condition.syntax',
  'sigma.condition.unknown_selection',
  'sigma.condition.no_selection_matches',
  'sigma.condition.aggregation',
  'sigma.condition.unsupported',
  'sigma.selection.unused',
  'sigma.selection.empty',
  'sigma.selection.type',
  'sigma.modifier.unknown',
  'sigma.modifier.misplaced',
  'sigma.value.type',
  'sigma.value.empty',
  'sigma.value.regex',
  'sigma.value.cidr',
  'sigma.value.undefined_placeholder',
  'sigma.value.unsafe_number',
  'sigma.filter.no_rule',
  'sigma.filter.other_source',
  'sigma.file.unreadable',
  'sigma.pipeline.refused',
  'sigma.pipeline.nothing_left',
  'sigma.correlation.misplaced',
  'sigma.correlation.ungrouped',
  'sigma.correlation.timespan',
  'sigma.correlation.condition',
  'sigma.correlation.alias',
  'sigma.correlation.unsupported',
  'sigma.correlation.no_rule',
  'sigma.correlation.ambiguous_rule',
  'sigma.correlation.cycle',
] as const;
export type SigmaCode = (typeof CODES)[number];

export type DocumentPath = readonly (string | number)[];

export interface Problem<Code extends string = SigmaCode> {
  readonly code: Code;
  /** Default `error`. */
  readonly severity?: 'error' | 'warning';
  readonly message: string;
  readonly hint: string;
  /** Path of keys and indexes within the document. */
  readonly at: DocumentPath;
  /** Whether the key or the value is meant. Default `value`. */
  readonly part?: 'key' | 'value';
  /** Offsets within a single-line scalar value. */
  readonly span?: Span;
}

export type Report = (problem: Problem) => void;

/** The candidate with the smallest edit distance to `word`, if at most a third of it differs (or two letters). */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3)) + 1;
  if (word.length > 64) return undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, substitute));
    }
    row = next;
  }
  return row[b.length] as number;
}
