/** The client that the pages share, and what ends the session when the server no longer knows it. */
import { ApiClient } from './client.js';

let signedOut: () => void = () => {};

/** Called once by the session state. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

const STORED = 'fenghuo_realm';

/** Kept in the tab: another tab may look at another realm. */
export const realm = {
  current: readKept(),
  /** The page is loaded anew afterwards, so that nothing of the other realm stays in view. */
  choose(name: string): void {
    this.current = name;
    try {
      sessionStorage.setItem(STORED, name);
    } catch {
      // Forbidden storage: the choice lasts as long as the page.
    }
  },
};

function readKept(): string {
  try {
    return sessionStorage.getItem(STORED) ?? 'live';
  } catch {
    return 'live';
  }
}

export const server = new ApiClient({
  fetch: (input, init) => fetch(input, init),
  base: '/api/v1',
  realm: () => realm.current,
  onSignedOut: () => signedOut(),
});
