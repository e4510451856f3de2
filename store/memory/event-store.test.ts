import { eventStoreContract } from '../contract/event-store.contract.js';
import { createMemoryEventStore } from './event-store.js';

eventStoreContract(
  'memory',
  async (options) => {
    const store = createMemoryEventStore(options);
    return { store, discard: () => store.close() };
  },
  { forgets: 'memory does not outlive the store', stagesNothing: 'memory takes frames as they are' },
);
