/** Starts the real product as a process of its own, in a home and on ports of its own, and stops it by its own pid. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch as fetchBy } from 'undici';
import { checkout } from './data.js';

export interface ServerOptions {
  /** Kept over a restart; a new temporary one by default. */
  readonly home?: string;
  /** The ports of an earlier start. */
  readonly ports?: Ports;
  readonly env?: Readonly<Record<string, string>>;
  /** PEM of the authority that issued the certificate in its home: then it speaks TLS. */
  readonly ca?: string;
}

export interface Ports {
  readonly console: number;
  readonly ingest: number;
  readonly syslog: number;
}

export interface RunningServer {
  readonly home: string;
  readonly ports: Ports;
  /** `http://localhost:PORT`, or `https:` with TLS. */
  readonly url: string;
  readonly ingestUrl: string;
  /** Trusts the server's authority; for the rest the usual one. */
  readonly fetch: typeof fetch;
  readonly process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** The one-time token of the set-up link, where one was printed. */
  setupToken(): string | undefined;
  /** SIGTERM, and waits for the end; the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Removes the home; call it after the end. */
  clean(): Promise<void>;
}

/** `npm test` builds first and says so; a single test run by hand takes the sources as they are. */
export function command(...words: readonly string[]): readonly [string, string[]] {
  const program =
    process.env['FENGHUO_TEST_BUILT'] === '1'
      ? ['dist/cli/main.js']
      : ['--conditions=fenghuo', '--import', 'tsx', 'cli/main.ts'];
  return [process.execPath, [...program, ...words]];
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'fenghuo-test-')));
  const ports = options.ports ?? {
    console: await freePort(),
    ingest: await freePort(),
    syslog: await freePort(),
  };
  const [program, words] = command('serve');
  const child = spawn(program, words, {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      FENGHUO_HOME: home,
      FENGHUO_LISTEN: `127.0.0.1:${ports.console}`,
      FENGHUO_INGEST: `127.0.0.1:${ports.ingest}`,
      FENGHUO_SYSLOG: `127.0.0.1:${ports.syslog}`,
      ...options.env,
    },
  });
  const scheme = options.ca === undefined ? 'http' : 'https';
  const agent = options.ca === undefined ? undefined : new Agent({ connect: { ca: options.ca } });
  // undici's own types and those of the global fetch, which is an undici too, differ in name only.
  const trusting = (agent &&
    ((url: string, init?: object) => fetchBy(url, { ...init, dispatcher: agent }))) as
    typeof fetch | undefined;
  const ask = trusting ?? fetch;
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const server: RunningServer = {
    home,
    ports,
    url: `${scheme}://localhost:${ports.console}`,
    ingestUrl: `${scheme}://127.0.0.1:${ports.ingest}`,
    fetch: ask,
    process: child,
    output: () => printed,
    setupToken: () => /\/setup#token=([\w-]+)/.exec(printed)?.[1],
    stop: () => (child.kill('SIGTERM'), ended),
    kill: async () => void (child.kill('SIGKILL'), await ended),
    clean: () => rm(home, { recursive: true, force: true }),
  };
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${printed}`);
      // Another server may answer on a port that this one could not get: its own word comes first.
      if (!printed.includes(`//localhost:${ports.console}`)) return false;
      return (await ask(`${scheme}://127.0.0.1:${ports.console}/readyz`).catch(() => undefined))?.ok === true;
    },
    `the server to be ready; it printed:\n${printed}`,
    60_000,
  );
  return server;
}

/** Polls until the condition holds. It waits for something that other processes do; nothing here is timed. */
export async function until<T>(
  probe: () => Promise<T | undefined | false>,
  what: string,
  limitMs = 30_000,
): Promise<T> {
  const limit = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > limit) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
