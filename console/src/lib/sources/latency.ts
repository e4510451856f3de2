/** How late something came, as people read it. */
import { numberFormat } from '$lib/text/numbers.js';
import { formatSpan } from '$lib/text/times.js';

/** `120 ms`, `2.4 s`, `3 minutes`; with a minus sign where the sender's clock is ahead. */
export function formatLatency(ms: number, locale: string): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '−' : '';
  if (size >= 60_000) return sign + formatSpan(size, locale);
  const [value, unit, digits] = size < 1000 ? [size, 'ms', 0] : [size / 1000, 's', size < 10_000 ? 1 : 0];
  const text = numberFormat(locale, { maximumFractionDigits: digits }).format(value);
  return `${sign}${text} ${unit}`;
}
