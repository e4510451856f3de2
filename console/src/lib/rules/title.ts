/** A rule's (or recording's) title in the reader's language, if it has one there. */
interface Titled {
  readonly title: string;
  readonly titles?: Readonly<Record<string, string>> | undefined;
}

/** `zh-CN` also takes `zh`. */
export function titleIn(item: Titled, locale: string): string {
  return textIn(item.titles, locale) ?? item.title;
}

export function textIn(
  texts: Readonly<Record<string, string>> | undefined,
  locale: string,
): string | undefined {
  return texts?.[locale] ?? texts?.[locale.split('-')[0] ?? locale];
}
