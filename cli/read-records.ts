/** The records of log files that a command's words name. */
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import type { NormalizeContext } from '#collector/normalizers/record.js';
import { filesOf, printable } from './files.js';
import type { Io } from './io.js';
import { readLogs, type FileRecord } from './records.js';

export interface Reading {
  readonly io: Io;
  /** As it is typed, for messages. */
  readonly command: string;
  /** `file` is the log that the record stands in, which may lie in an archive. */
  readonly take: (record: FileRecord, file: string) => void;
}

/** As if all records came in at once, to the top unit. */
export function offlineContext(receivedMs: number): NormalizeContext {
  return { receivedMs, unit: ROOT_UNIT, realm: LIVE, classification: 1, source: 'scan' };
}

/** Number of files that could not be read; each is told on standard error. Ends early when the user interrupts. */
export async function readRecords(paths: readonly string[], { io, command, take }: Reading): Promise<number> {
  let unreadable = 0;
  const tell = (path: string, reason: string): void => {
    unreadable += 1;
    io.err(`fenghuo ${command}: ${path}: ${reason}\n`);
  };
  for (const file of await filesOf(paths, (path, error) => tell(path, error.message))) {
    try {
      for await (const { name, batches } of readLogs(file, (passed) =>
        io.err(`fenghuo ${command}: ${printable(passed.name)}: passed over: ${passed.reason}\n`),
      ))
        for await (const batch of batches) {
          if (io.signal.aborted) return unreadable;
          for (const record of batch) take(record, name);
        }
    } catch (error) {
      tell(file, error instanceof Error ? error.message : String(error));
    }
  }
  return unreadable;
}
