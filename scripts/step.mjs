/** Runs one step of a script: one line with its time, and its whole output only when it fails. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, absolute. */
export const root = resolve(fileURLToPath(import.meta.url), '../..');

/** A step that failed; its output has been shown. */
export class StepFailed extends Error {}

/** Shows `title`, awaits `work`, shows the seconds it took. */
export async function step(title, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (process.stdout.isTTY) process.stdout.write(`· ${title} …`);
  const line = (sign, rest) =>
    process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}${sign} ${title}  ${rest}\n`);
  try {
    const result = await work();
    line('✓', seconds());
    return result;
  } catch (error) {
    line('✗', `failed after ${seconds()}`);
    if (error instanceof StepFailed) process.stderr.write(`${error.message.trimEnd()}\n`);
    throw error;
  }
}

/** Runs a program quietly. Rejects with {@link StepFailed}, carrying the output, unless it exits with 0. */
export function quietly(file, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', (error) => fail(new StepFailed(`cannot run \`${file}\`: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) done(output);
      else fail(new StepFailed(output || `\`${file}\` ended with ${signal ?? code}`));
    });
  });
}

/** Runs a program on this terminal; resolves to its exit code (128 + n after a signal). */
export function openly(file, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', fail);
    child.on('close', (code, signal) => done(code ?? exitCodeOf(signal)));
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** The exit code that a shell gives for a program ended by `signal`. */
export const exitCodeOf = (signal) => 128 + (SIGNAL_NUMBERS[signal] ?? 0);

/** The script of an installed tool, e.g. `tool('vite/bin/vite.js')`: run it with `process.execPath`. */
export function tool(path) {
  const places = ['console/node_modules', 'node_modules'].map((folder) => join(root, folder, path));
  return places.find((place) => existsSync(place)) ?? places[1];
}

/** The npm that runs us, or the one in the path. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  if (script && basename(script) === 'npm-cli.js') return quietly(process.execPath, [script, ...args]);
  return quietly('npm', args, { shell: process.platform === 'win32' });
}
