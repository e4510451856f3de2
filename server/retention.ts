/** Drops ingest days that are past their time; and, when the disk runs low, the oldest one early: a loss, counted and told. */
import { statfs } from 'node:fs/promises';
import type { EventBus } from '#kernel/bus.js';
import { iso, type Clock } from '#kernel/clock.js';
import { utcDay } from '#kernel/event.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { EventDay, EventStore } from '#kernel/ports/event-store.js';
import type { Config } from './config.js';

const DAY_MS = 86_400_000;
/** Days dropped early in one go; the next check goes on. */
const MOST_AT_ONCE = 7;

export interface Disk {
  readonly freeBytes: number;
  readonly totalBytes: number;
}
export type ReadDisk = () => Promise<Disk>;

/** Space on the disk that holds `folder`, as an ordinary user may use it. */
export function diskOf(folder: string): ReadDisk {
  return async () => {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  };
}

export interface RetentionOptions {
  readonly events: EventStore;
  readonly audit: AuditLog;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly disk: ReadDisk;
  readonly config: Pick<Config, 'retentionDays' | 'diskFloor'>;
}

export interface RetentionRun {
  readonly expired: readonly EventDay[];
  readonly forced: readonly EventDay[];
  /** The disk is still below its floor and there is nothing more to drop. */
  readonly low: boolean;
}

export function floorBytes({ diskFloor }: Pick<Config, 'diskFloor'>, totalBytes: number): number {
  return 'bytes' in diskFloor ? diskFloor.bytes : Math.floor(diskFloor.share * totalBytes);
}

/** One check. The current ingest day is never dropped. `lowBefore`: that the disk is low has been told already. */
export async function enforceRetention(options: RetentionOptions, lowBefore = false): Promise<RetentionRun> {
  const { events, clock, config, disk } = options;
  const today = utcDay(clock.nowMs());
  const oldest = utcDay(clock.nowMs() - config.retentionDays * DAY_MS);
  const expired: EventDay[] = [];
  const forced: EventDay[] = [];
  let low = false;
  // Days of a clock that was ahead lie after today; they are nobody's to drop yet.
  for (const { day } of (await events.days()).filter((one) => one.day < oldest && one.day < today)) {
    const dropped = await events.dropDay(day);
    if (dropped) expired.push(dropped);
    if (dropped) await note(options, 'events.expired', dropped);
  }
  for (let round = 0; round < MOST_AT_ONCE; round += 1) {
    const { freeBytes, totalBytes } = await disk();
    const floor = floorBytes(config, totalBytes);
    if (freeBytes >= floor) break;
    const first = (await events.days()).find((one) => one.day < today);
    if (!first) {
      low = true;
      if (!lowBefore)
        report(
          options.bus,
          'disk_low',
          `${freeBytes} bytes are free, ${floor} are wanted, and there is no older day to drop`,
        );
      break;
    }
    const dropped = await events.dropDay(first.day);
    if (!dropped) break;
    forced.push(dropped);
    await note(options, 'events.dropped_early', dropped);
    options.bus.emit('loss.counted', {
      reason: 'retention_forced',
      count: dropped.events,
      of: 'events',
      detail: `ingest day ${dropped.day}, before its time, for lack of space`,
    });
    report(
      options.bus,
      'disk_low',
      `${freeBytes} bytes are free, ${floor} are wanted: ingest day ${dropped.day} was dropped before its time`,
    );
  }
  return { expired, forced, low };
}

function report(bus: EventBus, state: string, detail: string): void {
  bus.emit('platform.reported', { state, detail, severity: 'high' });
}

function note({ audit, clock }: RetentionOptions, action: string, day: EventDay): Promise<void> {
  return audit.note({
    actor: { kind: 'system', id: 'system', name: 'retention' },
    action,
    target: `days/${day.day}`,
    detail: { events: day.events, bytes: day.bytes, at: iso(clock.nowMs()) },
  });
}
