/** Whether the disk lasts as long as the retention asks. */
import type { StorageAnswer } from '$lib/api/types.js';

export function shareUsed({ diskTotal, freeBytes }: Pick<StorageAnswer, 'diskTotal' | 'freeBytes'>): number {
  return diskTotal > 0 ? Math.min(1, Math.max(0, 1 - freeBytes / diskTotal)) : 0;
}

/** Days that are kept already count: the oldest ones go as new ones come. Undefined: too little is known. */
export function retentionHolds({
  daysLeft,
  days,
  retentionDays,
}: Pick<StorageAnswer, 'daysLeft' | 'days' | 'retentionDays'>): boolean | undefined {
  return daysLeft === null ? undefined : daysLeft + days.length >= retentionDays;
}
