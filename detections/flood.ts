/**
 * How many new alerts a rule may open. A rule that fires on everything at once would fill the queue, the store and the time
 * of all others: what comes beyond is deferred, counted, and told of in one alert. Decision: docs/decisions/0011.
 */
const WINDOW_MS = 60_000;

/** New alerts of one rule in a minute, unless the deployment says otherwise. */
export const USUAL_FLOOD_LIMIT = 1000;

interface Meter {
  window: number;
  /** Matches that asked for a new alert in this window. */
  asked: number;
  flooding: boolean;
}

/** Time is that at which events came in: of a rule's minute nobody can make two by what he writes into a log. */
export class FloodGate {
  readonly #limit: number;
  readonly #meters = new Map<string, Meter>();
  #window = 0;

  constructor(limit = USUAL_FLOOD_LIMIT) {
    this.#limit = limit;
  }

  /** Before the matches of a frame. */
  begin(ingestedMs: number): void {
    const window = Math.floor(ingestedMs / WINDOW_MS);
    if (window === this.#window) return;
    this.#window = window;
    // A clock set back begins anew, too.
    for (const [key, meter] of this.#meters)
      if (meter.window !== window && meter.window !== window - 1) this.#meters.delete(key);
  }

  /**
   * Whether one more new alert may be opened under the key. A flood lasts until a whole minute has asked for less than half
   * of the limit: else every minute would open as many again.
   */
  admits(key: string): boolean {
    const meter = this.#meterOf(key);
    meter.asked += 1;
    if (!meter.flooding && meter.asked > this.#limit) meter.flooding = true;
    return !meter.flooding;
  }

  #meterOf(key: string): Meter {
    const known = this.#meters.get(key);
    if (known?.window === this.#window) return known;
    const goesOn = known !== undefined && known.flooding && known.asked >= this.#limit / 2;
    const meter = { window: this.#window, asked: 0, flooding: goesOn };
    this.#meters.set(key, meter);
    return meter;
  }
}
