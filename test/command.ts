/** Runs the real `fenghuo` command as a process of its own and gives what it printed. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { checkout } from './data.js';
import { command } from './server.js';

export interface CommandOptions {
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; none by default. */
  readonly input?: string;
}

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export async function fenghuo(
  words: readonly string[],
  { home, env, input = '' }: CommandOptions = {},
): Promise<CommandResult> {
  const [program, all] = command(...words);
  const child = spawn(program, all, {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...(home !== undefined && { FENGHUO_HOME: home }), ...env },
  });
  // A command that fails early does not read its input.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}
