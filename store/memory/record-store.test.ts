import { recordStoreContract } from '../contract/record-store.contract.js';
import { createMemoryRecordStore } from './record-store.js';

recordStoreContract(
  'memory',
  async () => {
    const store = createMemoryRecordStore();
    return { store, discard: () => store.close() };
  },
  { forgets: 'memory does not outlive the store' },
);
