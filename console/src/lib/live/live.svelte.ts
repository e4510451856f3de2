/** What the server says of itself as it happens: the link's state, and hints for whoever wants them. */
import { browserHub } from './browser.js';
import type { Hint, HubMessage, LinkState, TabMessage } from './hub.js';

type Kind = Hint['kind'];
interface Listener {
  readonly kinds: readonly Kind[];
  readonly onHint: (hint: Hint) => void;
  readonly onResync: () => void;
}

const BEAT_MS = 30_000;

class Live {
  state = $state<LinkState>('connecting');
  readonly #listeners = new Set<Listener>();
  #post: ((message: TabMessage) => void) | undefined;

  /** A page follows one realm: another one is a new page. */
  start(realm: string): void {
    if (!this.#post) {
      this.#post = this.#attach(realm);
      setInterval(() => this.#post?.({ type: 'beat' }), BEAT_MS);
      addEventListener('pagehide', () => this.#post?.({ type: 'bye' }));
      addEventListener('pageshow', (event) => {
        if (event.persisted) this.#post?.({ type: 'start' });
      });
    }
    this.#post({ type: 'start' });
  }

  stop(): void {
    this.#post?.({ type: 'bye' });
    this.state = 'connecting';
  }

  /** Hears hints of these kinds until the returned function is called; `onResync`: read everything again. */
  listen(kinds: readonly Kind[], onHint: (hint: Hint) => void, onResync: () => void): () => void {
    const listener = { kinds, onHint, onResync };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #attach(realm: string): (message: TabMessage) => void {
    if (typeof SharedWorker !== 'undefined') {
      const worker = new SharedWorker(new URL('./hub.worker.ts', import.meta.url), {
        type: 'module',
        // A worker for each realm; its name is how it knows which.
        name: realm,
      });
      worker.port.onmessage = ({ data }: MessageEvent<HubMessage>) => this.#hear(data);
      return (message) => worker.port.postMessage(message);
    }
    const hub = browserHub(realm);
    const send = (message: HubMessage) => this.#hear(message);
    return ({ type }) =>
      type === 'start' ? hub.join(send) : type === 'beat' ? hub.beat(send) : hub.leave(send);
  }

  #hear(message: HubMessage): void {
    if (message.type === 'state') this.state = message.state;
    else if (message.type === 'resync') for (const one of this.#listeners) one.onResync();
    else
      for (const one of this.#listeners) if (one.kinds.includes(message.hint.kind)) one.onHint(message.hint);
  }
}

export const live = new Live();

/** Gathers a burst of hints into one call, at most one each `ms`. */
export function gather(ms: number, run: () => void): { poke: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    poke: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
