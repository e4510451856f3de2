import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordOrderContract } from '../contract/record-order.contract.js';
import { recordStoreContract } from '../contract/record-store.contract.js';
import { openEmbeddedRecordStore } from './record-store.js';

async function create() {
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
}

recordStoreContract('embedded', create);
recordOrderContract('embedded', create);
