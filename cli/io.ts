/** What a command may touch of the process around it. */
import { text } from 'node:stream/consumers';

export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** All of standard input as text, without its last line end. */
  input(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True where standard error is a terminal: progress is shown there only. */
  readonly interactive: boolean;
  /** FENGHUO_LOG=debug: stack traces are shown. */
  readonly verbose: boolean;
  /** Aborts with the first Ctrl+C. */
  readonly signal: AbortSignal;
}

/** The words of a command do not fit; its help is shown after the message. */
export class UsageError extends Error {}

export function processIo(): Io {
  const interrupted = new AbortController();
  // `serve` has its own way to end; whatever asks for this signal only then listens for Ctrl+C.
  let listening = false;
  // A reader that closes the pipe early (`fenghuo scan … | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    input: async () => (await text(process.stdin)).replace(/\r?\n$/, ''),
    env: process.env,
    interactive: process.stderr.isTTY === true,
    verbose: process.env['FENGHUO_LOG'] === 'debug',
    get signal() {
      if (!listening) process.once('SIGINT', () => interrupted.abort());
      listening = true;
      return interrupted.signal;
    },
  };
}
