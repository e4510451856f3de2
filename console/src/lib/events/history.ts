/** One's own searches, kept in this browser alone. */
const STORED = 'fenghuo_searches';
const MOST = 20;

export function readHistory(store: Pick<Storage, 'getItem'> = localStorage): string[] {
  try {
    const kept: unknown = JSON.parse(store.getItem(STORED) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** The newest first, each once. */
export function remember(q: string, store: Pick<Storage, 'getItem' | 'setItem'> = localStorage): void {
  const text = q.trim();
  if (!text) return;
  try {
    const kept = readHistory(store).filter((one) => one !== text);
    store.setItem(STORED, JSON.stringify([text, ...kept].slice(0, MOST)));
  } catch {
    // Forbidden storage: there is no history then.
  }
}

export function forget(store: Pick<Storage, 'removeItem'> = localStorage): void {
  try {
    store.removeItem(STORED);
  } catch {
    // As above.
  }
}
