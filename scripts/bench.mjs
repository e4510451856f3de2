/** `npm run bench [-- name…]`: runs `bench/*.bench.ts` one after the other, or those whose name is given. */
import './node-version.mjs';

const { existsSync, readdirSync } = await import('node:fs');
const { join } = await import('node:path');
const { prepare } = await import('./bootstrap.mjs');
const { openly, root, tool } = await import('./step.mjs');

await prepare();
const names = process.argv.slice(2);
const folder = join(root, 'bench');
const files = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.bench.ts'))
  .filter((file) => names.length === 0 || names.includes(file.replace('.bench.ts', '')))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no benchmark ${names.map((name) => `\`${name}\``).join(', ')} in bench/\n`);
  process.exitCode = 1;
}
for (const file of files) {
  process.stdout.write(`\n${file}\n`);
  const code = await openly(process.execPath, [
    tool('tsx/dist/cli.mjs'),
    '--conditions=fenghuo',
    join('bench', file),
  ]);
  if (code !== 0) process.exitCode = 1;
}
