import { eventSourceContract } from '../contract/event-source.contract.js';
import { eventStoreContract, type EventStoreUnderTest } from '../contract/event-store.contract.js';
import { createMemoryEventStore, type MemoryEventStoreOptions } from './event-store.js';

async function create(options: MemoryEventStoreOptions = {}): Promise<EventStoreUnderTest> {
  const store = createMemoryEventStore(options);
  return { store, discard: () => store.close() };
}

eventStoreContract('memory', create, {
  forgets: 'memory does not outlive the store',
  stagesNothing: 'memory takes frames as they are',
});
eventSourceContract('memory', create);
