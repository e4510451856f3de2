/** What happens before any page: who is signed in is asked while the page's own code is still on its way. */
import type { ClientInit, HandleClientError } from '@sveltejs/kit';
import { session } from '$lib/session/session.svelte.js';

export const init: ClientInit = () => {
  if (!['/login', '/setup'].includes(location.pathname)) void session.ready();
};

/** An error that no page expected: told in the browser's own console, and shown by `+error.svelte`. */
export const handleError: HandleClientError = ({ error, message }) => {
  console.error(error);
  return { message };
};
