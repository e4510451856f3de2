/** What a person was writing, kept in the tab: the end of a session does not take it away. */

/** One place for each person and subject: the next person at this tab does not see it. */
export function draftKey(user: string, subject: string): string {
  return `fenghuo_draft/${user}/${subject}`;
}

/** Storage may be forbidden: then there is no draft. */
export function readDraft(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

/** An empty text removes it. */
export function keepDraft(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // Forbidden or full storage: the text lives as long as the page.
  }
}
