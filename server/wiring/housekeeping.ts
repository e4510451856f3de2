/** What recurs: counters and platform events are written, clock and sources watched, old days and sessions dropped. */
import type { TelemetryBook } from '#detections/telemetry.js';
import type { Outbox } from '#incidents/channels/outbox.js';
import type { Identity } from '#trust/identity/identity.js';
import { createClockWatch } from '../clock-watch.js';
import type { Ground } from '../ground.js';
import type { Platform } from '../platform.js';
import { enforceRetention, type ReadDisk } from '../retention.js';
import { createSilenceWatch } from '../silence.js';
import type { SourceRecords } from '../source-records.js';

export interface HousekeepingParts {
  readonly ground: Ground;
  readonly platform: Platform;
  readonly sources: SourceRecords;
  readonly identity: Identity;
  readonly outbox: Outbox;
  readonly disk: ReadDisk;
  readonly telemetry: Pick<TelemetryBook, 'flush'>;
}

const SECOND = 1000;

export interface Housekeeping {
  /** Ends the round that is under way first. */
  stop(): Promise<void>;
}

export function startHousekeeping({
  ground,
  platform,
  sources,
  identity,
  outbox,
  disk,
  telemetry,
}: HousekeepingParts): Housekeeping {
  let low = false;
  const clock = createClockWatch({ ...ground, monotonicMs: () => performance.now() });
  const silence = createSilenceWatch({ ...ground, sources });
  const rounds = [
    every(1 * SECOND, () => platform.flush()),
    every(3 * SECOND, () => sources.flush()),
    every(10 * SECOND, async () => {
      if (clock.check() !== 0) silence.restart();
    }),
    every(60 * SECOND, () => silence.check()),
    every(60 * SECOND, () => telemetry.flush()),
    every(60 * SECOND, async () => {
      low = (await enforceRetention({ ...ground, disk }, low)).low;
    }),
    every(3600 * SECOND, () => identity.sessions.sweep()),
    every(3600 * SECOND, () => outbox.sweep()),
  ];

  /** The next round begins a pause after the one before has ended: a slow store does not pile them up. */
  function every(ms: number, work: () => Promise<unknown>): () => Promise<void> {
    let timer: NodeJS.Timeout;
    let running: Promise<void> = Promise.resolve();
    let stopped = false;
    const round = (): void => {
      running = work()
        .then(
          () => undefined,
          (err: unknown) => ground.log.error({ err }, 'housekeeping failed'),
        )
        .then(() => {
          if (!stopped) timer = setTimeout(round, ms).unref();
        });
    };
    timer = setTimeout(round, ms).unref();
    return async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    };
  }

  return { stop: async () => void (await Promise.all(rounds.map((stop) => stop()))) };
}
