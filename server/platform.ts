/**
 * The product's own losses and troubles as events in the journal, so that platform rules raise alerts the ordinary way.
 * While the journal takes nothing they wait, added up, in memory and in a small file.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { SourceObserver } from '#collector/sources/observer.js';
import type { EventBus, Loss, PlatformReport } from '#kernel/bus.js';
import { iso, type Clock } from '#kernel/clock.js';
import type { Fields, NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';

/** Different things that can wait; beyond it they are added to one of their kind. */
const MOST_WAITING = 500;

type Waiting =
  | {
      readonly kind: 'loss';
      readonly firstMs: number;
      lastMs: number;
      count: number;
      readonly loss: Omit<Loss, 'count'>;
    }
  | {
      readonly kind: 'state';
      readonly firstMs: number;
      lastMs: number;
      count: number;
      readonly report: PlatformReport;
    };

export interface Platform {
  /** Writes what waits into the journal. Called every second or so; does nothing while one is under way. */
  flush(): Promise<void>;
  /** Things that wait. */
  waiting(): number;
  /** Losses by reason since the start. */
  losses(): ReadonlyMap<string, number>;
  /** Writes what waits, or keeps it in the file. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly bus: EventBus;
  readonly journal: Intake;
  readonly clock: Clock;
  /** Name of this host, in `host.name`. */
  readonly host: string;
  /** Source record of the platform's own events. */
  readonly source: string;
  /** Told of what was written. */
  readonly observer?: Pick<SourceObserver, 'accepted'>;
  /** Where it waits over a restart; absent: nowhere. */
  readonly file?: string;
}

export function createPlatform({
  bus,
  journal,
  clock,
  host,
  source,
  observer,
  file,
}: PlatformOptions): Platform {
  const waiting = new Map<string, Waiting>(file === undefined ? [] : readWaiting(file));
  const losses = new Map<string, number>();
  let kept = waiting.size > 0;
  let flushing: Promise<void> | undefined;

  function add(key: string, count: number, fresh: (nowMs: number) => Waiting, overflow: string): void {
    const nowMs = clock.nowMs();
    const at = waiting.has(key) || waiting.size < MOST_WAITING ? key : overflow;
    const there = waiting.get(at);
    if (there) {
      there.count += count;
      there.lastMs = nowMs;
    } else waiting.set(at, fresh(nowMs));
  }

  const stop = [
    bus.on('loss.counted', ({ count, ...loss }) => {
      losses.set(loss.reason, (losses.get(loss.reason) ?? 0) + count);
      add(
        `loss ${loss.reason} ${loss.source ?? ''} ${loss.of}`,
        count,
        (nowMs) => ({ kind: 'loss', firstMs: nowMs, lastMs: nowMs, count, loss }),
        `loss ${loss.reason}  ${loss.of}`,
      );
    }),
    bus.on('platform.reported', (report) =>
      add(
        `state ${report.state} ${report.detail.slice(0, 200)}`,
        1,
        (nowMs) => ({ kind: 'state', firstMs: nowMs, lastMs: nowMs, count: 1, report }),
        `state ${report.state}`,
      ),
    ),
  ];

  function keep(): void {
    if (file === undefined) return;
    if (waiting.size === 0) {
      if (kept) rmSync(file, { force: true });
      kept = false;
      return;
    }
    try {
      writeFileSync(`${file}.new`, JSON.stringify([...waiting]), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      kept = true;
    } catch {
      // A full disk keeps the file away too: memory still holds it, and it is written once there is room.
    }
  }

  async function write(): Promise<void> {
    if (waiting.size === 0) return;
    const taken = [...waiting];
    waiting.clear();
    const written = await journal
      .append(taken.map(([, item]) => eventOf(item, host, source)))
      .catch(() => ({ ok: false as const }));
    if (written.ok) observer?.accepted(taken.length, 0, clock.nowMs());
    else
      for (const [key, item] of taken) {
        const later = waiting.get(key);
        if (later) item.count += later.count;
        if (later) item.lastMs = later.lastMs;
        waiting.set(key, item);
      }
    if (!written.ok || kept) keep();
  }

  return {
    flush: () => (flushing ??= write().finally(() => (flushing = undefined))),
    waiting: () => waiting.size,
    losses: () => losses,
    async close() {
      for (const off of stop) off();
      await flushing;
      await write();
    },
  };
}

function eventOf(item: Waiting, host: string, source: string): NewEvent {
  const shared: Fields = {
    'event.module': 'fenghuo',
    'event.provider': 'fenghuo',
    'host.name': host,
    'event.start': iso(item.firstMs),
    'event.end': iso(item.lastMs),
  };
  const fields: Fields =
    item.kind === 'loss'
      ? {
          ...shared,
          'event.kind': 'metric',
          'event.dataset': 'fenghuo.loss',
          'event.action': item.loss.reason,
          'fenghuo.loss.reason': item.loss.reason,
          'fenghuo.loss.count': item.count,
          'fenghuo.loss.of': item.loss.of,
          ...(item.loss.source && { 'fenghuo.loss.source': item.loss.source }),
          message: `${item.count} ${item.loss.of} lost: ${item.loss.reason}${item.loss.detail ? ` (${item.loss.detail})` : ''}`,
        }
      : {
          ...shared,
          'event.kind': 'state',
          'event.dataset': 'fenghuo.state',
          'event.action': item.report.state,
          'fenghuo.state.name': item.report.state,
          'fenghuo.state.severity': item.report.severity,
          'fenghuo.state.count': item.count,
          message: item.report.detail,
        };
  return { timeMs: item.lastMs, unit: ROOT_UNIT, realm: LIVE, classification: 1, source, fields };
}

function readWaiting(file: string): [string, Waiting][] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(read) ? (read as [string, Waiting][]).slice(0, MOST_WAITING) : [];
  } catch {
    return [];
  }
}
