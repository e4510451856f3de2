/** `npm start [-- options]`: makes the checkout ready and runs `fenghuo serve` from it. */
import './node-version.mjs';

const { spawn } = await import('node:child_process');
const { prepare } = await import('./bootstrap.mjs');
const { exitCodeOf, root } = await import('./step.mjs');

await prepare();

// A group of its own: Ctrl+C then reaches the server once, through us, and not once more from the terminal.
const server = spawn(process.execPath, ['dist/cli/main.js', 'serve', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  detached: process.platform !== 'win32',
});

const passedOn = new Map();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // npm repeats what the terminal already told us; a person's second Ctrl+C comes later.
    const now = performance.now();
    if (now - (passedOn.get(signal) ?? -Infinity) < 500) return;
    passedOn.set(signal, now);
    server.kill(signal);
  });
}
server.on('error', (error) => {
  process.stderr.write(`cannot run the server: ${error.message}\n`);
  process.exit(1);
});
server.on('exit', (code, signal) => process.exit(code ?? exitCodeOf(signal)));
