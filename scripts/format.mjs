/** `npm run format [-- paths]`: rewrites the layout of all files, or of those named. */
import './node-version.mjs';

const { install, prepare } = await import('./bootstrap.mjs');
const { openly, tool } = await import('./step.mjs');

await prepare(install);
const paths = process.argv.slice(2);
process.exitCode = await openly(process.execPath, [
  tool('prettier/bin/prettier.cjs'),
  '--write',
  '--log-level=warn',
  ...(paths.length > 0 ? paths : ['.']),
]);
