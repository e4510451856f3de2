/** Numbers, sizes and shares as people read them, in the language of the page. */

const formats = new Map<string, Intl.NumberFormat>();

/** Making a format costs fifty times what using it does. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale, options)));
  return format;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 1284 → `1,284`. */
export function formatCount(value: number, locale: string): string {
  return numberFormat(locale).format(value);
}

/** Bytes in powers of 1,000, three significant digits: `1.24 GB`. */
export function formatBytes(bytes: number, locale: string): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  const text = numberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
  return `${text} ${UNITS[unit]}`;
}

/** 0.374 → `37 %`; a share above nothing never shows as 0. */
export function formatShare(share: number, locale: string): string {
  const percent = Math.max(0, share) * 100;
  if (percent > 0 && percent < 1) return '< 1 %';
  return `${numberFormat(locale, { maximumFractionDigits: 0 }).format(percent)} %`;
}
