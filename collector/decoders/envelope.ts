/** Envelopes: one JSON object around many records, as some products write their files or call a webhook. */
import { bagOf, type Bag } from './bag.js';

/** Member that holds the records, by what stands beside it. */
const LISTS = ['Records', 'records', 'items'] as const;

/**
 * The records in an envelope, or undefined if the object is a record itself: `{"Records": […]}` of AWS CloudTrail's
 * files, `{"records": […]}` of Azure's diagnostic logs, `EventList` of the Kubernetes audit webhook.
 */
export function recordsIn(value: unknown): readonly Bag[] | undefined {
  const bag = bagOf(value);
  if (!bag) return undefined;
  for (const name of LISTS) {
    const list = bag[name];
    if (!Array.isArray(list)) continue;
    const alone = name === 'items' ? bag['kind'] === 'EventList' : Object.keys(bag).length === 1;
    if (alone && list.every((item) => bagOf(item) !== undefined)) return list as readonly Bag[];
  }
  return undefined;
}

/** True if the text of a line may be an envelope, so that it is worth reading as a whole. */
export function looksLikeEnvelope(text: string): boolean {
  return /^\s*\{\s*"(?:[Rr]ecords"\s*:\s*\[|kind"\s*:\s*"EventList")/.test(text);
}
