/** `npm run build`: installs, compiles the server and builds the console, whatever is stale. */
import './node-version.mjs';

const { prepare } = await import('./bootstrap.mjs');
await prepare();
