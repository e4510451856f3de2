/** The events of log files, made by the normalizers that the server uses. */
import type { NewEvent } from '#kernel/event.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { filesOf, printable } from './files.js';
import type { Io } from './io.js';
import { rawRecord, readLogs, type FileRecord, type Log } from './records.js';

export interface Reading {
  readonly io: Io;
  /** As it is typed, for messages. */
  readonly command: string;
  /** When all of them are taken to have come in. */
  readonly receivedMs: number;
  /** `file` is the log that the record stands in, which may lie in an archive. */
  readonly take: (event: NewEvent, record: FileRecord, file: string) => void;
}

/** Number of files that could not be read; each is told on standard error. Ends early when the user interrupts. */
export async function readEvents(paths: readonly string[], reading: Reading): Promise<number> {
  const { io, command } = reading;
  let unreadable = 0;
  const tell = (path: string, reason: string): void => {
    unreadable += 1;
    io.err(`fenghuo ${command}: ${path}: ${reason}\n`);
  };
  for (const file of await filesOf(paths, (path, error) => tell(path, error.message))) {
    if (io.signal.aborted) break;
    try {
      for await (const log of readLogs(file, ({ name, reason }) =>
        io.err(`fenghuo ${command}: ${printable(name)}: passed over: ${reason}\n`),
      ))
        await readLog(log, reading);
    } catch (error) {
      tell(file, error instanceof Error ? error.message : String(error));
    }
  }
  return unreadable;
}

async function readLog(log: Log, { io, receivedMs, take }: Reading): Promise<void> {
  const context = {
    receivedMs,
    unit: ROOT_UNIT,
    realm: LIVE,
    classification: 1,
    source: 'scan',
  } as const;
  for await (const batch of log.batches) {
    if (io.signal.aborted) return;
    for (const record of batch) take(normalize(rawRecord(record, log.name), context), record, log.name);
  }
}
