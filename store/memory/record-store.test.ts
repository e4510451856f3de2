import { recordOrderContract } from '../contract/record-order.contract.js';
import { recordStoreContract } from '../contract/record-store.contract.js';
import { createMemoryRecordStore } from './record-store.js';

async function create() {
  const store = createMemoryRecordStore();
  return { store, discard: () => store.close() };
}

recordStoreContract('memory', create, { forgets: 'memory does not outlive the store' });
recordOrderContract('memory', create);
