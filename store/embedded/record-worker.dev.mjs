/** Starts the worker from its TypeScript source: workers do not inherit tsx from their parent on Node 20. */
import { register } from 'tsx/esm/api';

register();
await import(new URL('./record-worker.ts', import.meta.url).href);
