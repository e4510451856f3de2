import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract } from '../contract/event-store.contract.js';
import { openEmbeddedEventStore } from './event-store.js';

eventStoreContract('embedded', async (options) => {
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
});
