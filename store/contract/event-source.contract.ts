/** The part of the event store's suite on the sources that events came through. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '#kernel/ports/event-store.js';
import { ALL, type Query } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import type { EventStoreUnderTest } from './event-store.contract.js';
import { DAY_MS, frameMaker, NOON } from './frames.js';

export function eventSourceContract(name: string, create: () => Promise<EventStoreUnderTest>): void {
  describe(`event store contract, sources: ${name}`, () => {
    const all = testScope({ realm: '*' });
    let under: EventStoreUnderTest;
    let store: EventStore;

    beforeEach(async () => {
      under = await create();
      store = under.store;
    });
    afterEach(() => under.discard());

    it('discards the events of one source, on every day, and keeps its marks', async () => {
      const frame = frameMaker();
      const frames = [
        frame([{ source: 'src_sample' }, { source: 'src_other' }]),
        frame([{ source: 'src_sample' }], NOON + DAY_MS),
      ];
      await store.append(frames);
      expect(await store.discardSource('src_sample')).toBe(2);
      expect(await store.discardSource('src_sample')).toBe(0);
      const page = await store.search(all, { query: ALL });
      expect(page.items.map(({ source }) => source)).toEqual(['src_other']);
      expect(page.total).toBe(1);
      // A frame that was kept is not kept again.
      await store.append(frames);
      expect((await store.search(all, { query: ALL })).total).toBe(1);
    });

    it('reads the events of one source alone: pages, counts over time and values', async () => {
      const frame = frameMaker();
      const wish = (source: string, name: string) => ({ source, fields: { 'host.name': name } });
      await store.append([
        frame([wish('src_a', 'one'), wish('src_b', 'two')]),
        frame([wish('src_a', 'three')], NOON + DAY_MS),
      ]);
      const narrowed = { query: ALL, source: 'src_a' };
      const page = await store.search(all, { ...narrowed, limit: 1 });
      expect([page.total, ...page.items.map(({ source }) => source)]).toEqual([2, 'src_a']);
      const rest = await store.search(all, { ...narrowed, limit: 1, cursor: page.next ?? '' });
      expect(rest.items.map(({ source }) => source)).toEqual(['src_a']);
      const open: Query = { kind: 'regex', path: 'host.name', source: 'o' };
      expect((await store.search(all, { query: open, source: 'src_a' })).total).toBe(1);
      const terms = await store.terms(all, { ...narrowed, path: 'host.name' });
      expect(terms.map(({ value }) => value)).toEqual(['one', 'three']);
      const buckets = await store.histogram(all, {
        ...narrowed,
        fromMs: NOON - DAY_MS,
        toMs: NOON + 2 * DAY_MS,
        stepMs: 3 * DAY_MS,
      });
      expect(buckets.map(({ count }) => count)).toEqual([2]);
      expect((await store.search(all, { query: ALL, source: 'src_c' })).total).toBe(0);
    });
  });
}
