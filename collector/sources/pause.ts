/** Waiting that can be cut short, and how long to wait before the next try. */

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** 100 ms, doubled with each try up to `mostMs` (default 5 s). */
export function backoffMs(attempt: number, mostMs = 5_000): number {
  return Math.min(mostMs, 100 * 2 ** Math.min(attempt, 16));
}
