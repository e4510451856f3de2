/** `fenghuo serve`: runs the server until it is told to end. */
import { readConfig, unknownVariables } from '#server/config.js';
import { createLog } from '#server/log.js';
import { startServer, type RunningServer } from '#server/main.js';
import { UsageError, type Io } from './io.js';

/** What is under way gets this long to end once the server was told to. */
const DEADLINE_MS = 15_000;

export async function serve(words: readonly string[], io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError('`serve` takes no words; it is set by FENGHUO_… variables');
  const config = readConfig(io.env);
  for (const name of unknownVariables(io.env)) io.err(`fenghuo serve: \`${name}\` is not a setting\n`);
  const log = createLog(config.logLevel);
  const asked = waitForSignal();
  const server = await startServer(config, log);
  io.out(greeting(server));
  await asked.once;
  io.err('ending; once more ends at once\n');
  const ended = await Promise.race([
    server.stop().then(() => true),
    asked.twice.then(() => false),
    deadline(),
  ]);
  if (!ended) {
    io.err('ended before everything was done; what was accepted is on disk\n');
    process.exit(1);
  }
  return 0;
}

function greeting({ url, setupLink, ingestUrl, syslog }: RunningServer): string {
  const lines = [
    ['console', url],
    ['ingest', ingestUrl ?? 'off'],
    ['syslog', syslog === undefined ? 'off' : `${syslog} (UDP, TCP)`],
    ...(setupLink === undefined ? [] : [['set-up', setupLink]]),
  ];
  return `Fenghuo 烽火 is up\n${lines.map(([name, value]) => `  ${String(name).padEnd(8)} ${value}\n`).join('')}`;
}

interface Asked {
  readonly once: Promise<void>;
  readonly twice: Promise<void>;
}

/** SIGINT and SIGTERM: the first ends cleanly, the second at once. */
function waitForSignal(): Asked {
  const told: (() => void)[] = [];
  const once = new Promise<void>((resolve) => told.push(resolve));
  const twice = new Promise<void>((resolve) => told.push(resolve));
  const hear = (): void => told.shift()?.();
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  return { once, twice };
}

function deadline(): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), DEADLINE_MS).unref());
}
