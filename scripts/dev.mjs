/** `npm run dev`: the server from its sources, restarted on change, and Vite with a proxy to it. */
import './node-version.mjs';

const { spawn } = await import('node:child_process');
const { join } = await import('node:path');
const { install, prepare } = await import('./bootstrap.mjs');
const { root, tool } = await import('./step.mjs');

await prepare(install);

const listen = process.env.FENGHUO_LISTEN ?? '127.0.0.1:8470';
// Groups of their own: the terminal's Ctrl+C would reach the server beside tsx's relay of it, and twice ends at once.
const run = (args, options) =>
  spawn(process.execPath, args, { cwd: root, stdio: 'inherit', detached: true, ...options });
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

console.log('The console with live changes is at http://127.0.0.1:5173; open the set-up link there too.');

const running = new Set(children);
let ending = false;
const stop = (signal) => {
  ending = true;
  running.forEach((child) => child.kill(signal));
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
for (const child of children) {
  child.on('exit', (code) => {
    process.exitCode ??= code ?? 0;
    running.delete(child);
    // Whoever is ending already must not be told twice.
    if (!ending) stop('SIGTERM');
  });
}
