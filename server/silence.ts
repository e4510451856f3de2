/** Sources that delivered regularly and then stopped: an attacker who stops the logs looks just like this. */
import type { EventBus } from '#kernel/bus.js';
import type { Clock } from '#kernel/clock.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, anyOf, equals } from '#kernel/query/ast.js';
import type { Source } from '#kernel/schema/source.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { SourceRecords } from './source-records.js';

/** Shortest silence that is told, whatever the pace of the source. */
export const LEAST_SILENCE_MS = 15 * 60_000;
/** So many times the usual gap are a silence. */
const GAPS = 5;
/** A long pause is forgotten by this factor with every minute in which the source speaks. */
const FADING = 0.98;
/** Senders of their own accord. A recording ends, and the platform speaks only when there is trouble. */
const KINDS = ['syslog', 'http', 'file', 'journald'] as const;

export interface SilenceWatch {
  /** One look over all enabled sources, made each minute. */
  check(): Promise<void>;
  /** Nobody listened until now (a stopped process, a jump of the clock): silence counts from here. */
  restart(): void;
}

export interface SilenceOptions {
  readonly records: RecordStore;
  readonly sources: Pick<SourceRecords, 'pauses' | 'flush'>;
  readonly bus: EventBus;
  readonly clock: Clock;
}

/** Tells `source_silent` once for each silence; a source that speaks again is watched anew. */
export function createSilenceWatch({ records, sources, bus, clock }: SilenceOptions): SilenceWatch {
  const { scope } = authorizeSystem('silence');
  const query = and(anyOf('kind', KINDS), equals('enabled', true));
  const seenBefore = new Map<string, number>();
  let sinceMs = clock.nowMs();

  function look(source: Source): void {
    const { id, name, lastSeenAt, silentSince, usualGapMs } = source;
    if (lastSeenAt === undefined) return;
    const seenMs = Date.parse(lastSeenAt);
    const beforeMs = seenBefore.get(id);
    seenBefore.set(id, seenMs);
    if (beforeMs !== undefined && seenMs > beforeMs) {
      const gapMs = Math.round(Math.max(seenMs - beforeMs, (usualGapMs ?? 0) * FADING));
      if (gapMs !== usualGapMs) sources.pauses(id, { usualGapMs: gapMs });
      return;
    }
    // Once is no habit.
    if (usualGapMs === undefined) return;
    const limitMs = Math.max(LEAST_SILENCE_MS, GAPS * usualGapMs);
    if (silentSince !== undefined || clock.nowMs() - Math.max(seenMs, sinceMs) <= limitMs) return;
    sources.pauses(id, { usualGapMs, silentSince: lastSeenAt });
    bus.emit('platform.reported', {
      state: 'source_silent',
      detail: `\`${name}\` (${id}) has sent nothing since ${lastSeenAt}`,
      severity: 'medium',
    });
  }

  return {
    async check() {
      // What was gathered and not yet written is news too.
      await sources.flush();
      let cursor: string | undefined;
      do {
        const page = await records.search(scope, 'sources', {
          query,
          limit: 1000,
          ...(cursor !== undefined && { cursor }),
        });
        for (const { value } of page.items) look(value);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      await sources.flush();
    },
    restart: () => void (sinceMs = clock.nowMs()),
  };
}
