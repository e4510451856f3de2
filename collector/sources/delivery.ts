/** Hands one batch to the journal and tries again while the journal is full: for sources that can wait. */
import type { Clock } from '#kernel/clock.js';
import type { Fault } from '#kernel/errors.js';
import type { NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import { isPipelineError } from '../normalizers/normalize.js';
import type { SourceObserver } from './observer.js';
import { backoffMs, pause } from './pause.js';

export interface DeliveryOptions {
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly clock: Clock;
  /** Cuts the waiting short; the batch is then given back undelivered. */
  readonly signal?: AbortSignal;
}

/** Tells the observer about an accepted batch. */
export function tellAccepted(
  observer: SourceObserver,
  events: readonly NewEvent[],
  bytes: number,
  atMs: number,
): void {
  observer.accepted(events.length, bytes, atMs);
  let errors = 0;
  for (const event of events) if (isPipelineError(event)) errors++;
  if (errors > 0) observer.errors(errors);
}

/**
 * True when the journal has accepted the batch; false only when the signal aborted before that. Every fault is
 * waited out (`journal_full`, `disk_full`, and what else the journal may say), and told once as `waiting`.
 */
export async function deliver(
  events: readonly NewEvent[],
  bytes: number,
  options: DeliveryOptions,
): Promise<boolean> {
  if (events.length === 0) return true;
  let told: Fault['code'] | undefined;
  for (let attempt = 0; ; attempt++) {
    const result = await options.intake.append(events);
    if (result.ok) {
      if (told !== undefined) options.observer.state('running');
      tellAccepted(options.observer, events, bytes, options.clock.nowMs());
      return true;
    }
    if (told !== result.fault.code) options.observer.state('waiting', result.fault);
    told = result.fault.code;
    if (options.signal?.aborted) return false;
    await pause(backoffMs(attempt), options.signal);
  }
}
