/** What a conversion gives: the query of the target, or why the rule cannot be said there exactly. */
import type { Query } from '#kernel/query/ast.js';

/** What a target cannot say exactly. */
export interface Refusal {
  /** Stable, such as `convert.sql.cidr`. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export type Converted<Target> =
  | { readonly ok: true; readonly query: Target }
  /** Each reason once. */
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** Takes note of what cannot be said; the conversion goes on, to find all reasons. */
export type Refuse = (code: string, message: string, remedy: string) => void;

/** Runs a conversion; what it gives counts only if nothing was refused. */
export function converted<Target>(
  query: Query,
  convert: (query: Query, refuse: Refuse) => Target,
): Converted<Target> {
  const refusals = new Map<string, Refusal>();
  const made = convert(query, (code, message, remedy) =>
    refusals.set(`${code} ${message}`, { code, message, remedy }),
  );
  return refusals.size > 0 ? { ok: false, refusals: [...refusals.values()] } : { ok: true, query: made };
}

/** Half of a surrogate pair is found within a whole one by the predicate, and by no engine. */
export function isWholeText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Notes where a text has half a pair: `convert.<target>.text`. */
export function refuseHalves(target: string, text: string, refuse: Refuse): void {
  if (!isWholeText(text))
    refuse(`convert.${target}.text`, 'half of a surrogate pair cannot be said', 'write whole characters');
}
