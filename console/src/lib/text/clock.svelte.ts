/** The page's clock and the zone in which times are shown: the viewer's own, or UTC on request. */
import { zoneLabel } from './times.js';

const STORED = 'fenghuo_zone';

class PageClock {
  nowMs = $state(Date.now());
  /** The beginning of the minute, for what needs no more: it changes sixty times less often. */
  readonly minuteMs = $derived(Math.floor(this.nowMs / 60_000) * 60_000);
  readonly ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  #utc = $state(false);

  constructor() {
    if (typeof window === 'undefined') return;
    this.#utc = readStored(STORED) === 'utc';
    setInterval(() => (this.nowMs = Date.now()), 1000);
  }

  get zone(): string {
    return this.#utc ? 'UTC' : this.ownZone;
  }
  /** `UTC+8`. */
  get label(): string {
    return zoneLabel(this.minuteMs, this.zone);
  }
  get utc(): boolean {
    return this.#utc;
  }
  set utc(on: boolean) {
    this.#utc = on;
    writeStored(STORED, on ? 'utc' : 'own');
  }
}

/** Local storage may be forbidden; then the choice lasts as long as the page. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
export function writeStored(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Forbidden storage: nothing to do.
  }
}

export const clock = new PageClock();
