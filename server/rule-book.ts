/** The rules that are loaded, as the API shows and switches them. `wiring/rules.ts` makes it of the detections' parts. */
import type { Query } from '#kernel/query/ast.js';
import type { Result } from '#kernel/result.js';
import type { LedgerCounts } from '#kernel/schema/judgement.js';
import type { Diagnostic, Rule } from '#kernel/schema/rule.js';
import type { RuleSet } from '#detections/types.js';
import type { RuleHistory } from './rule-history.js';
import type { Grant } from '#trust/access/authorize.js';

export interface RuleBook {
  /** Hash of the set that judges now. */
  version(): string;
  /** All that could be read, switched off ones too, by title. */
  list(): readonly Rule[];
  get(id: string): Rule | undefined;
  /** The text of a rule, also of a version that was loaded once; undefined where it never was. */
  textOf(id: string, version?: string): Promise<string | undefined>;
  historyOf(id: string): Promise<RuleHistory>;
  /** What the rule asks of an event. */
  queryOf(id: string): Query | undefined;
  /** The rule alone, ready to match; undefined where it is not loaded. */
  alone(id: string): RuleSet | undefined;
  ledgerOf(id: string): LedgerCounts | undefined;
  diagnostics(): readonly Diagnostic[];
  /** Rules that could not be read. */
  failed(): number;
  reload(by: Grant): Promise<{ readonly rules: number; readonly failed: number }>;
  /** Fault `not_found`. Takes effect from the next frame on. */
  setEnabled(by: Grant, id: string, enabled: boolean, reason?: string): Promise<Result<Rule>>;
}
