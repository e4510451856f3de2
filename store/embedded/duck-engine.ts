/** One DuckDB instance that day files are attached to: a connection for writing and a bounded pool for reading. */
import { availableParallelism } from 'node:os';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { FaultError, fault } from '#kernel/errors.js';
import { storeFault } from './disk-faults.js';
import type { Sql } from './sql.js';

/** Rows of a query, a chunk (up to 2,048) at a time. */
export type RowChunks = AsyncIterable<readonly (readonly unknown[])[]>;

export interface Reader {
  /** All rows; for small results. */
  all(query: Sql): Promise<readonly (readonly unknown[])[]>;
  /** Rows as they come, for large results. Read to the end, or left by `break`. */
  stream(query: Sql): RowChunks;
  /**
   * To be called for each row that is worked on here. Undefined while it is early; else something to wait for, in which
   * the process does its other work. It throws once the reading is to end.
   */
  breathe(): Promise<void> | undefined;
}

export interface DuckEngine {
  /**
   * Lends a reading connection; waits while all are lent. An abort interrupts the running query, and so does the end of
   * the longest time that one reading may take, waiting included: fault `query_too_slow`.
   */
  read<T>(signal: AbortSignal | undefined, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Runs statements on the writing connection, one caller at a time; faults are those of the error table. */
  write<T>(work: (run: (query: Sql | string) => Promise<void>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DuckEngineOptions {
  /** For what does not fit into memory; made if absent. */
  readonly spillFolder: string;
  /** Default 3: the server gives no more than two to one person. */
  readonly readers?: number;
  /** Longest time of one reading; default a minute. */
  readonly longestReadMs?: number;
}

/** How long rows are worked on before others have their turn. */
const BREATH_MS = 10;

/**
 * A second thread halves the time of scans, but it spins while a batch is read, which costs a third more CPU an event:
 * too much where it takes the core that the events come in on.
 */
const THREADS = availableParallelism() >= 4 ? 2 : 1;

export async function openDuckEngine(options: DuckEngineOptions): Promise<DuckEngine> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '160MB',
    threads: String(THREADS),
    temp_directory: options.spillFolder,
    // Every checkpoint compresses the day's last rows anew: at 32 MB that costs as much again as storing an event.
    checkpoint_threshold: '128MB',
    preserve_insertion_order: 'false',
    // Given back soon: the allocator otherwise keeps more than the limit itself, which does not count it.
    allocator_flush_threshold: '8MB',
    allocator_bulk_deallocation_flush_threshold: '8MB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const { longestReadMs = 60_000 } = options;
  const writer = await instance.connect();
  const idle: DuckDBConnection[] = [];
  for (let made = 0; made < (options.readers ?? 3); made++) idle.push(await instance.connect());
  const readers = [...idle];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];
  let writing: Promise<unknown> = Promise.resolve();

  function lend(signal: AbortSignal | undefined): Promise<DuckDBConnection> {
    signal?.throwIfAborted();
    const free = idle.pop();
    if (free) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const take = (connection: DuckDBConnection): void => {
        signal?.removeEventListener('abort', leave);
        resolve(connection);
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(take), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(take);
    });
  }

  function giveBack(connection: DuckDBConnection): void {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  }

  return {
    async read(asked, work) {
      const limit = new AbortController();
      const tooSlow = new FaultError(fault('query_too_slow', { seconds: Math.round(longestReadMs / 1000) }));
      const timer = setTimeout(() => limit.abort(tooSlow), longestReadMs);
      const signal = asked ? AbortSignal.any([asked, limit.signal]) : limit.signal;
      try {
        const connection = await lend(signal);
        const interrupt = (): void => connection.interrupt();
        signal.addEventListener('abort', interrupt, { once: true });
        try {
          return await work(readerOf(connection, signal));
        } catch (error) {
          signal.throwIfAborted();
          throw storeFault(error);
        } finally {
          signal.removeEventListener('abort', interrupt);
          giveBack(connection);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    write(work) {
      const run = async (query: Sql | string): Promise<void> => {
        if (typeof query === 'string') await writer.run(query);
        else await writer.run(query.text, [...query.values]);
      };
      const turn = writing.then(() =>
        work(run).catch((error: unknown) => {
          throw storeFault(error);
        }),
      );
      writing = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await writing;
      for (const connection of [writer, ...readers]) connection.closeSync();
      instance.closeSync();
    },
  };
}

function readerOf(connection: DuckDBConnection, signal: AbortSignal): Reader {
  let sinceMs = performance.now();
  async function pause(): Promise<void> {
    await new Promise(setImmediate);
    signal.throwIfAborted();
    sinceMs = performance.now();
  }
  return {
    breathe: () => (performance.now() - sinceMs < BREATH_MS ? undefined : pause()),
    async all(query) {
      signal.throwIfAborted();
      const result = await connection.run(query.text, [...query.values]);
      return result.getRows();
    },
    async *stream(query) {
      signal.throwIfAborted();
      const result = await connection.stream(query.text, [...query.values]);
      for (;;) {
        const chunk = await result.fetchChunk();
        signal.throwIfAborted();
        if (!chunk || chunk.rowCount === 0) return;
        yield chunk.getRows();
        // A scan may take long; other work of the process goes between its chunks.
        await pause();
      }
    },
  };
}
