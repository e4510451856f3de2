/** `npm run dev`: the server from its sources, restarted on change, and Vite with a proxy to it. */
import './node-version.mjs';

const { spawn } = await import('node:child_process');
const { join } = await import('node:path');
const { install, prepare } = await import('./bootstrap.mjs');
const { root, tool } = await import('./step.mjs');

await prepare(install);

const listen = process.env.FENGHUO_LISTEN ?? '127.0.0.1:8470';
const run = (args, options) => spawn(process.execPath, args, { cwd: root, stdio: 'inherit', ...options });
const children = [
  run([
    tool('tsx/dist/cli.mjs'),
    'watch',
    '--clear-screen=false',
    '--exclude=var/**',
    '--conditions=fenghuo',
    'cli/main.ts',
    'serve',
    ...process.argv.slice(2),
  ]),
  run([tool('vite/bin/vite.js'), 'dev'], {
    cwd: join(root, 'console'),
    env: { ...process.env, FENGHUO_DEV_SERVER: `http://${listen}` },
  }),
];

const stop = (signal) => children.forEach((child) => child.kill(signal));
process.on('SIGINT', () => {}); // the terminal has told them already
process.on('SIGTERM', () => stop('SIGTERM'));
for (const child of children) {
  child.on('exit', (code) => {
    process.exitCode ??= code ?? 0;
    stop('SIGTERM');
  });
}
