/** What the overview's numbers add up to. */
import type { Overview } from '#kernel/schema/overview.js';
import { numberFormat } from '$lib/text/numbers.js';

type Counts = Overview['alerts']['outcomes'];

export function countOf(counts: Counts, ...values: readonly string[]): number {
  return counts.reduce((sum, { value, count }) => sum + (values.includes(value) ? count : 0), 0);
}

/** Open alerts whose attack succeeded, or whose asset is compromised. */
export function burningOf({ alerts }: Pick<Overview, 'alerts'>): number {
  return countOf(alerts.outcomes, 'succeeded', 'compromised');
}

/** By how much more (or less) than before, as a share; undefined where there is nothing to compare with. */
export function changeOf({
  total,
  before,
}: Pick<Overview['raised'], 'total' | 'before'>): number | undefined {
  return before === 0 ? undefined : (total - before) / before;
}

/** A share with its sign: `+12 %`, `−40 %`, `±0 %`. */
export function formatChange(share: number, locale: string): string {
  const percent = Math.round(share * 100);
  const sign = percent > 0 ? '+' : percent < 0 ? '−' : '±';
  return `${sign}${numberFormat(locale).format(Math.abs(percent))} %`;
}

/** Of the whole ledger: every event judged, every match accounted for. */
export function isWhole(ledger: {
  readonly unaccounted: number;
  readonly frames: readonly { readonly gaps: readonly unknown[]; readonly overlaps: readonly unknown[] }[];
}): boolean {
  return (
    ledger.unaccounted === 0 &&
    ledger.frames.every(({ gaps, overlaps }) => gaps.length + overlaps.length === 0)
  );
}
