/** Makes a checkout ready to run: installs, compiles the server, builds the console; only what is stale. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, installed, isFresh, markFresh } from './freshness.mjs';
import { npm, quietly, root, step, StepFailed, tool } from './step.mjs';

const ROOMS = [
  'kernel',
  'collector',
  'detections',
  'incidents',
  'playbooks',
  'trust',
  'store',
  'server',
  'cli',
];
const CONSOLE = ['src', 'static', 'messages', 'scripts', 'project.inlang/settings.json'];
const CONSOLE_CONFIG = ['package.json', 'svelte.config.js', 'tsconfig.json', 'vite.config.ts'];

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.test.ts');

/** Installs when the lock file asks for anything that is not there. Scripts of packages never run. */
export async function install() {
  if (installed()) return;
  await step('install the dependencies (npm ci)', () =>
    npm('ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'),
  );
}

/** Compiles the rooms to `dist/`. */
export async function buildServer() {
  const inputs = [...ROOMS, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  const print = fingerprint(inputs, (file) => isSource(file) || file.endsWith('.json'));
  if (isFresh('server', print, 'dist/cli/main.js')) return;
  await step('compile the server (tsc)', async () => {
    // Into a folder of its own first: a failed compile leaves the last good one in place.
    const fresh = join(root, `dist.${process.pid}`);
    try {
      await quietly(process.execPath, [
        tool('typescript/bin/tsc'),
        '-p',
        'tsconfig.build.json',
        '--outDir',
        fresh,
      ]);
      rmSync(join(root, 'dist'), { recursive: true, force: true });
      renameSync(fresh, join(root, 'dist'));
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
  markFresh('server', print);
}

/** Builds the console to `console/build/`. */
export async function buildConsole() {
  const own = [...CONSOLE, ...CONSOLE_CONFIG].map((path) => join('console', path));
  const print = fingerprint(
    [...own, 'kernel', 'package.json', 'package-lock.json'],
    (file) => !file.endsWith('.test.ts'),
  );
  if (isFresh('console', print, 'console/build/index.html')) return;
  await step('build the console (vite)', async () => {
    const cwd = join(root, 'console');
    await quietly(process.execPath, [tool('vite/bin/vite.js'), 'build'], { cwd });
    await quietly(process.execPath, ['scripts/csp.mjs'], { cwd });
  });
  markFresh('console', print);
}

/** All of it. Ends the process with 1, after showing why, when a step fails. */
export async function prepare(...steps) {
  try {
    for (const each of steps.length > 0 ? steps : [install, buildServer, buildConsole]) await each();
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.exit(1);
  }
}
