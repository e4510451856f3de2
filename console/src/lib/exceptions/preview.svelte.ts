/** What an exception would have hidden, asked for in parts, newest first, so that a long look back shows how far it is. */
import type { ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { AlertRow } from '$lib/api/types.js';
import { DAY_MS } from './expiry.js';

interface PreviewPart {
  readonly matches?: number;
  readonly hidden?: number;
  readonly alertsOfRule: number;
  readonly alertsHidden: number;
  readonly alertsLookedAt: number;
  readonly alerts: readonly AlertRow[];
}

/** Days of each part: the first answers at once. Together the time that is shown. */
const PARTS = [1, 2, 4, 8, 15] as const;
export const PREVIEW_DAYS = 30;
const MOST_SHOWN = 20;

export class ExceptionPreview {
  /** The parts that have come, summed up; undefined before the first. */
  sum = $state.raw<PreviewPart | undefined>(undefined);
  /** Days that have been looked through. */
  days = $state(0);
  running = $state(false);
  problem = $state.raw<ApiProblem | undefined>(undefined);
  #abort: AbortController | undefined;
  readonly #door: Pick<ApiClient, 'call'>;

  constructor(door: Pick<ApiClient, 'call'>) {
    this.#door = door;
  }

  async run(rule: string, query: string, nowMs: number): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.sum = undefined;
    this.days = 0;
    this.problem = undefined;
    this.running = true;
    // An end is exclusive: what came in this millisecond counts too.
    const endMs = nowMs + 1;
    for (const days of PARTS) {
      const to = new Date(endMs - this.days * DAY_MS).toISOString();
      const answer = await this.#door.call<PreviewPart>('POST', '/exceptions/preview', {
        body: { rule, query, days, to },
        signal: abort.signal,
      });
      if (abort.signal.aborted) return;
      if (!answer.ok) {
        this.problem = answer.problem;
        break;
      }
      this.sum = added(this.sum, answer.value);
      this.days += days;
    }
    this.running = false;
  }

  stop(): void {
    this.#abort?.abort();
    this.running = false;
  }

  clear(): void {
    this.stop();
    this.sum = undefined;
    this.days = 0;
    this.problem = undefined;
  }
}

function added(before: PreviewPart | undefined, part: PreviewPart): PreviewPart {
  if (!before) return part;
  return {
    ...(before.matches !== undefined &&
      part.matches !== undefined && { matches: before.matches + part.matches }),
    ...(before.hidden !== undefined && part.hidden !== undefined && { hidden: before.hidden + part.hidden }),
    alertsOfRule: before.alertsOfRule + part.alertsOfRule,
    alertsHidden: before.alertsHidden + part.alertsHidden,
    alertsLookedAt: before.alertsLookedAt + part.alertsLookedAt,
    alerts: [...before.alerts, ...part.alerts].slice(0, MOST_SHOWN),
  };
}
