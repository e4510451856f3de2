import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordStoreContract } from '../contract/record-store.contract.js';
import { openEmbeddedRecordStore } from './record-store.js';

recordStoreContract('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-records-'));
  let store = await openEmbeddedRecordStore({ folder });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openEmbeddedRecordStore({ folder });
      return store;
    },
    async discard() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
