/** What an engine's failure means in the words of the error table. */
import { FaultError, fault } from '#kernel/errors.js';

const FULL = /no space left|ENOSPC|disk is full|database or disk is full|disk quota|EDQUOT|failed to write/i;

/** `disk_full` for a full disk, `store_unavailable` for other engine failures; our own faults and aborts pass through. */
export function storeFault(error: unknown): Error {
  if (error instanceof FaultError) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown }).code;
  if (FULL.test(reason) || code === 'ENOSPC' || code === 'EDQUOT')
    return new FaultError(fault('disk_full'), { cause: error });
  return new FaultError(fault('store_unavailable', { reason: reason.split('\n')[0] ?? '' }), {
    cause: error,
  });
}
