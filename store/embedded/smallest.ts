/** The first few of many in an order, without sorting the rest. */

/**
 * The first `limit` of those behind the cursor, in order, without sorting the rest. They are looked at from the last to
 * the first: records come in the order of time, and the newest are asked for most, so that few take another's place.
 */
export function smallest(
  slots: Uint32Array,
  limit: number,
  compare: (a: number, b: number) => number,
  isBehind: (slot: number) => boolean,
): { first: number[]; more: boolean } {
  const first: number[] = [];
  let more = false;
  for (let at = slots.length - 1; at >= 0; at--) {
    const slot = slots[at] as number;
    const full = first.length === limit;
    if (full && more && compare(slot, first[limit - 1] as number) > 0) continue;
    if (!isBehind(slot)) continue;
    if (full) more = true;
    if (full && compare(slot, first[limit - 1] as number) > 0) continue;
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(first[middle] as number, slot) < 0) low = middle + 1;
      else high = middle;
    }
    if (full) first.pop();
    first.splice(low, 0, slot);
  }
  return { first, more };
}
