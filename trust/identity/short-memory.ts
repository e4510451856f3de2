/** What was read of the store a moment ago, so that not every request reads it; what was changed here is never kept. */
import type { Clock } from '#kernel/clock.js';

export interface ShortMemory<V> {
  /** What is remembered under the id, or what `load` reads now. Undefined is not remembered. */
  read(id: string, load: () => Promise<V | undefined>): Promise<V | undefined>;
  /** To be called once the change has been written: what is being read at this moment is not kept either. */
  forget(which: string | ((value: V) => boolean)): void;
}

/** `ms`: how long something is remembered. `most`: entries; the oldest give way. */
export function createShortMemory<V>(
  clock: Clock,
  { ms, most }: { readonly ms: number; readonly most: number },
): ShortMemory<V> {
  const kept = new Map<string, { readonly value: V; readonly readMs: number }>();
  let changes = 0;
  return {
    async read(id, load) {
      const nowMs = clock.nowMs();
      const there = kept.get(id);
      if (there && nowMs >= there.readMs && nowMs - there.readMs < ms) return there.value;
      kept.delete(id);
      const before = changes;
      const value = await load();
      if (value === undefined || changes !== before) return value;
      kept.set(id, { value, readMs: nowMs });
      for (const oldest of kept.keys()) {
        if (kept.size <= most) break;
        kept.delete(oldest);
      }
      return value;
    },
    forget(which) {
      changes += 1;
      if (typeof which === 'string') kept.delete(which);
      else for (const [id, { value }] of kept) if (which(value)) kept.delete(id);
    },
  };
}
