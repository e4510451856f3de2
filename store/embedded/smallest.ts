/** The first few of many in an order, without sorting the rest. */

/** The first `limit` of those behind the cursor, in order, without sorting the rest. */
export function smallest(
  slots: Iterable<number>,
  limit: number,
  compare: (a: number, b: number) => number,
  isBehind: (slot: number) => boolean,
): { first: number[]; more: boolean } {
  const first: number[] = [];
  let more = false;
  for (const slot of slots) {
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
