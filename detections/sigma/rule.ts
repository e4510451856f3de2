/** A Sigma rule as it was written, its metadata checked and typed. */
import type { ENTITY_KINDS } from '#kernel/schema/alert.js';
import type { Outcome, Severity } from '#kernel/vocabulary.js';
import type { LogSource } from './taxonomy.js';

export const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;

export interface SigmaRule {
  readonly id: string;
  readonly title: string;
  /** What correlations and filters may call it by, beside its id. */
  readonly name?: string;
  readonly description?: string;
  readonly status?: string;
  readonly level: Severity;
  readonly author?: string;
  readonly license?: string;
  readonly date?: string;
  readonly modified?: string;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  readonly fields: readonly string[];
  readonly logsource: LogSource;
  /** Attribute `fenghuo.title.<language>`. */
  readonly titles: Readonly<Record<string, string>>;
  /** Attribute `fenghuo.description.<language>`. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** Attribute `fenghuo.entity`: what matches are grouped by. */
  readonly entity?: (typeof ENTITY_KINDS)[number];
  /** Attribute `fenghuo.outcome`: what a match says about the attack's success. */
  readonly outcome?: Outcome;
  /** Attribute `fenghuo.passthrough`: a match is an alarm of another device, with a title and a severity of its own. */
  readonly passthrough?: true;
}
