/** A rule's (or recording's) title in the reader's language, if it has one there. */
interface Titled {
  readonly title: string;
  readonly titles?: Readonly<Record<string, string>> | undefined;
}

/** `zh-CN` also takes `zh`. */
export function titleIn(item: Titled, locale: string): string {
  return item.titles?.[locale] ?? item.titles?.[locale.split('-')[0] ?? locale] ?? item.title;
}
