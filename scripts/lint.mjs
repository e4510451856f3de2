/** `npm run lint`: layout, lint rules and types of the rooms and of the console; shows all that is wrong. */
import './node-version.mjs';

const { join } = await import('node:path');
const { install, prepare } = await import('./bootstrap.mjs');
const { quietly, root, step, StepFailed, tool } = await import('./step.mjs');

await prepare(install);

const node = (...args) => quietly(process.execPath, args);
const inConsole = (...args) => quietly(process.execPath, args, { cwd: join(root, 'console') });

const checks = [
  ['layout (prettier)', () => node(tool('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.')],
  ['types of the rooms (tsc)', () => node(tool('typescript/bin/tsc'), '-p', 'tsconfig.json')],
  [
    'types of the console (svelte-check)',
    async () => {
      await inConsole('scripts/messages.mjs');
      await inConsole(tool('@sveltejs/kit/svelte-kit.js'), 'sync');
      await inConsole(
        tool('svelte-check/bin/svelte-check'),
        '--tsconfig=./tsconfig.json',
        '--fail-on-warnings',
      );
    },
  ],
  ['lint rules (eslint)', () => node(tool('eslint/bin/eslint.js'), '--max-warnings=0', '.')],
];

for (const [title, check] of checks) {
  try {
    await step(title, check);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.exitCode = 1;
  }
}
