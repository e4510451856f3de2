/** The hub's parts as a browser has them; used in the shared worker and, where there is none, in the tab. */
import { Hub, type Stream } from './hub.js';

export function browserHub(realm: string): Hub {
  return new Hub({
    open: () => new EventSource(`/api/v1/stream?realm=${encodeURIComponent(realm)}`) as unknown as Stream,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
  });
}
