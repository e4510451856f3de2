/** The client that the pages share, and what ends the session when the server no longer knows it. */
import { ApiClient } from './client.js';

let signedOut: () => void = () => {};

/** Called once by the session state. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

export const realm = { current: 'live' };

export const server = new ApiClient({
  fetch: (input, init) => fetch(input, init),
  base: '/api/v1',
  realm: () => realm.current,
  onSignedOut: () => signedOut(),
});
