/** `fenghuo replay`: sends recordings through the ingest address of a server, as fast as they were or faster. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { iso } from '#kernel/clock.js';
import type { NewEvent } from '#kernel/event.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { filesOf, printable } from './files.js';
import { UsageError, type Io } from './io.js';
import { rawRecord, readLogs } from './records.js';

const BATCH = 500;
/** Longest time that a batch waits for company, milliseconds of replay. */
const PATIENCE_MS = 250;

export async function replay(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      to: { type: 'string', default: 'http://127.0.0.1:8471' },
      speed: { type: 'string', default: '0' },
      shift: { type: 'string' },
      'key-file': { type: 'string' },
    },
  });
  const speed = Number(values.speed);
  if (!(speed >= 0 && Number.isFinite(speed)))
    throw new UsageError(`--speed wants a number from 0 up, not \`${values.speed}\``);
  if (values.shift !== undefined && values.shift !== 'now') throw new UsageError('--shift knows only `now`');
  if (!URL.canParse(values.to))
    throw new UsageError(`--to wants an address such as http://127.0.0.1:8471, not \`${values.to}\``);
  if (positionals.length === 0) throw new UsageError('give at least one FILE');
  const key = values['key-file']
    ? (await readFile(values['key-file'], 'utf8')).trim()
    : io.env['FENGHUO_KEY'];

  const sender = createSender(new URL('/_bulk', values.to), key, io.signal);
  const pace = createPace(speed, values.shift === 'now', io.signal);
  let unreadable = 0;
  const files = await filesOf(positionals, (path, error) => {
    unreadable += 1;
    io.err(`fenghuo replay: ${path}: ${error.message}\n`);
  });
  for (const file of files) {
    for await (const event of eventsOf(file, io)) {
      if (io.signal.aborted) break;
      const shiftMs = await pace.wait(event.timeMs, () => sender.flush());
      await sender.add(event, shiftMs);
      if (io.interactive && sender.sent % 5000 === 0) io.err(`\r${sender.sent} events sent `);
    }
  }
  if (!io.signal.aborted) await sender.flush();
  io.out(
    `${sender.sent} events sent to ${values.to}${sender.refused > 0 ? `, ${sender.refused} refused` : ''}\n`,
  );
  return unreadable > 0 || sender.refused > 0 || io.signal.aborted ? 1 : 0;
}

/** Events of a file as the server would make them; what cannot be read travels as it is, to be kept there as an error. */
async function* eventsOf(file: string, io: Io): AsyncGenerator<NewEvent> {
  const context = {
    receivedMs: Date.now(),
    unit: ROOT_UNIT,
    realm: LIVE,
    classification: 1,
    source: 'replay',
  } as const;
  for await (const log of readLogs(file, ({ name, reason }) =>
    io.err(`fenghuo replay: ${printable(name)}: passed over: ${reason}\n`),
  ))
    for await (const batch of log.batches)
      for (const record of batch) yield normalize(rawRecord(record, log.name), context);
}

interface Pace {
  /** Waits until the event is due, calling `idle` before a long wait; answers by how much its time is to be moved. */
  wait(timeMs: number, idle: () => Promise<void>): Promise<number>;
}

function createPace(speed: number, toNow: boolean, signal: AbortSignal): Pace {
  let firstMs: number | undefined;
  const startedMs = Date.now();
  return {
    async wait(timeMs, idle) {
      firstMs ??= timeMs;
      const dueMs = startedMs + (speed > 0 ? (timeMs - firstMs) / speed : 0);
      const waitMs = dueMs - Date.now();
      if (waitMs > PATIENCE_MS) await idle();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (!toNow) return 0;
      // At another speed than the recorded one the gaps shrink with it, so that no event lies in the future.
      return speed > 0 ? dueMs - timeMs : startedMs - firstMs;
    },
  };
}

interface Sender {
  readonly sent: number;
  readonly refused: number;
  add(event: NewEvent, shiftMs: number): Promise<void>;
  flush(): Promise<void>;
}

function createSender(url: URL, key: string | undefined, signal: AbortSignal): Sender {
  let lines: string[] = [];
  let sent = 0;
  let refused = 0;
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const count = lines.length;
    const body = lines.join('');
    lines = [];
    const answer = await post(url, body, key, signal);
    sent += count;
    refused += answer.items.filter((item) => (Object.values(item)[0]?.status ?? 500) >= 400).length;
  };
  return {
    get sent() {
      return sent;
    },
    get refused() {
      return refused;
    },
    async add(event, shiftMs) {
      const fields = { ...event.fields, '@timestamp': iso(event.timeMs + shiftMs) };
      lines.push(`{"create":{"_index":"logs-replay"}}\n${JSON.stringify(fields)}\n`);
      if (lines.length >= BATCH) await flush();
    },
    flush,
  };
}

interface BulkAnswer {
  readonly items: readonly Record<string, { status: number }>[];
}

/** Sends again while the server says that it is full. */
async function post(
  url: URL,
  body: string,
  key: string | undefined,
  signal: AbortSignal,
): Promise<BulkAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, {
      ...{ method: 'POST', body, signal },
      headers: { 'content-type': 'application/x-ndjson', ...(key && { authorization: `ApiKey ${key}` }) },
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(
        `${url.origin} cannot be reached: ${cause}; start the server, or name its ingest address by --to`,
      );
    });
    if (answer.ok) return (await answer.json()) as BulkAnswer;
    const reason = (await answer.text()).slice(0, 500);
    if (![429, 503].includes(answer.status) || attempt >= 60)
      throw new Error(`${url.origin} answered ${answer.status}: ${reason}`);
    await sleep(Math.min(5000, 100 * attempt), undefined, { signal });
  }
}
