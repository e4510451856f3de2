import { AlertQueue } from '$lib/alerts/queue.svelte.js';
import { readFilters } from '$lib/alerts/filters.js';
import { server } from '$lib/api/server.js';
import { session } from '$lib/session/session.svelte.js';
import type { PageLoad } from './$types.js';

/** The first rows are asked for before the page is drawn. */
export const load: PageLoad = ({ url, untrack }) => {
  const filters = untrack(() => readFilters(new URLSearchParams(url.search)));
  const queue = new AlertQueue(server);
  const loaded = session.ready().then(({ ok }) => (ok && !filters.group ? queue.load(filters) : undefined));
  return { queue, begun: { loaded, atMs: performance.now() } };
};
