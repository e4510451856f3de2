import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ALL } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { eventSourceContract } from '../contract/event-source.contract.js';
import { eventStoreContract, type EventStoreUnderTest } from '../contract/event-store.contract.js';
import { frameMaker } from '../contract/frames.js';
import { openEmbeddedEventStore } from './event-store.js';

async function create(options: { countLimit?: number } = {}): Promise<EventStoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-events-'));
  let store = await openEmbeddedEventStore({ folder, ...options });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openEmbeddedEventStore({ folder, ...options });
      return store;
    },
    async discard() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

eventStoreContract('embedded', create);
eventSourceContract('embedded', create);

it('ends a page of very large events early, and goes on behind it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-events-'));
  const store = await openEmbeddedEventStore({ folder });
  const events = 24;
  const message = 'x'.repeat(1024 * 1024);
  await store.append([
    frameMaker()(Array.from({ length: events }, (_, n) => ({ fields: { message: `${n} ${message}` } }))),
  ]);
  const scope = testScope();
  const first = await store.search(scope, { query: ALL, limit: 1000 });
  expect(first.items.length).toBeLessThan(events);
  expect(first.total).toBe(events);
  const second = await store.search(scope, { query: ALL, limit: 1000, cursor: first.next ?? '' });
  expect(new Set([...first.items, ...second.items].map((event) => event.id)).size).toBe(events);
  expect(second.next).toBeNull();
  await store.close();
  await rm(folder, { recursive: true });
}, 60_000);
