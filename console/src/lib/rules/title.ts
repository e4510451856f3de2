/** A rule's (or recording's) title and description in the reader's language, if it has them there. */
interface Described {
  readonly description?: string | undefined;
  readonly descriptions?: Readonly<Record<string, string>> | undefined;
}

interface Titled {
  readonly title: string;
  readonly titles?: Readonly<Record<string, string>> | undefined;
}

/** `zh-CN` also takes `zh`. */
export function titleIn(item: Titled, locale: string): string {
  return textIn(item.titles, locale) ?? item.title;
}

/** What it says of itself in the reader's language, else in its own. */
export function descriptionIn(item: Described, locale: string): string | undefined {
  return textIn(item.descriptions, locale) ?? item.description;
}

export function textIn(
  texts: Readonly<Record<string, string>> | undefined,
  locale: string,
): string | undefined {
  return texts?.[locale] ?? texts?.[locale.split('-')[0] ?? locale];
}
