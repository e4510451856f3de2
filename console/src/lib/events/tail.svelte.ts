/** Live tail: asks for the newest events every few seconds, and ends by itself. */

const EVERY_MS = 3_000;
/** A page that is forgotten does not ask for ever. */
const LONGEST_MS = 15 * 60_000;

export class Tail {
  on = $state(false);
  /** It ended because its time was over. */
  timedOut = $state(false);
  #timer: ReturnType<typeof setInterval> | undefined;
  #startedMs = 0;
  readonly #ask: () => Promise<void>;
  readonly #nowMs: () => number;

  constructor(ask: () => Promise<void>, nowMs: () => number = () => Date.now()) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  start(): void {
    this.stop();
    this.on = true;
    this.timedOut = false;
    this.#startedMs = this.#nowMs();
    let busy = false;
    this.#timer = setInterval(() => {
      if (this.#nowMs() - this.#startedMs > LONGEST_MS) {
        this.stop();
        this.timedOut = true;
        return;
      }
      if (busy || document.hidden) return;
      busy = true;
      void this.#ask().finally(() => (busy = false));
    }, EVERY_MS);
    void this.#ask();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.on = false;
  }

  toggle(): void {
    if (this.on) this.stop();
    else this.start();
  }
}
