/** One event stream for many tabs: opens it when the first comes, passes on what it says, tries again when it breaks. */

/** What the stream says, as the server words it. */
export interface Hint {
  readonly kind:
    | 'alert.raised'
    | 'alert.changed'
    | 'incident.changed'
    | 'source.changed'
    | 'job.progressed'
    | 'rules.reloaded';
  readonly id: string;
  readonly severity?: string;
  readonly title?: string;
}

export type LinkState = 'connecting' | 'live' | 'down';

/** From the hub to a tab. `resync`: something may have been missed, read again. */
export type HubMessage =
  | { readonly type: 'state'; readonly state: LinkState }
  | { readonly type: 'hint'; readonly hint: Hint }
  | { readonly type: 'resync' };

/** From a tab to the hub. `beat`: the tab is still there; `bye`: it is not. */
export type TabMessage = { readonly type: 'start' | 'beat' | 'bye' };

export interface Stream {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  addEventListener(name: string, listener: (event: { data: string }) => void): void;
  close(): void;
}

export interface HubOptions {
  readonly open: () => Stream;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly now: () => number;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
/** A tab that has not beaten for this long is taken for gone (a closed tab says nothing for certain). */
export const TAB_SILENCE_MS = 90_000;

export class Hub {
  readonly #options: HubOptions;
  readonly #tabs = new Map<(message: HubMessage) => void, number>();
  #stream: Stream | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryMs = FIRST_RETRY_MS;
  #state: LinkState = 'connecting';
  #broken = false;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  join(send: (message: HubMessage) => void): void {
    this.#tabs.set(send, this.#options.now());
    send({ type: 'state', state: this.#state });
    // A fresh start (after signing in, say) does not wait for the next try.
    if (!this.#stream || this.#state !== 'live') this.#connect();
  }

  beat(send: (message: HubMessage) => void): void {
    const now = this.#options.now();
    if (this.#tabs.has(send)) this.#tabs.set(send, now);
    for (const [tab, seen] of this.#tabs) if (now - seen > TAB_SILENCE_MS) this.leave(tab);
  }

  leave(send: (message: HubMessage) => void): void {
    this.#tabs.delete(send);
    if (this.#tabs.size > 0) return;
    this.#drop();
    this.#state = 'connecting';
    this.#broken = false;
  }

  #connect(): void {
    this.#drop();
    const stream = this.#options.open();
    this.#stream = stream;
    stream.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#tell('live');
      if (this.#broken) this.#send({ type: 'resync' });
      this.#broken = false;
    };
    stream.onerror = () => {
      if (stream !== this.#stream) return;
      this.#broken = true;
      this.#drop();
      this.#tell('down');
      this.#cancelRetry = this.#options.after(this.#retryMs, () => this.#connect());
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    };
    stream.addEventListener('hint', (event) => {
      const hint = readHint(event.data);
      if (hint) this.#send({ type: 'hint', hint });
    });
    stream.addEventListener('reset', () => this.#send({ type: 'resync' }));
  }

  #drop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #tell(state: LinkState): void {
    this.#state = state;
    this.#send({ type: 'state', state });
  }

  #send(message: HubMessage): void {
    for (const tab of this.#tabs.keys()) tab(message);
  }
}

function readHint(data: string): Hint | undefined {
  try {
    const value = JSON.parse(data) as Hint;
    return typeof value === 'object' && value !== null && typeof value.kind === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
