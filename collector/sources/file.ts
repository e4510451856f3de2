/** Follows a log file by lines: through rotation (rename or copytruncate), truncation and restarts. */
import { createHash } from 'node:crypto';
import { readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '#kernel/clock.js';
import { FaultError, type Fault } from '#kernel/errors.js';
import type { NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import { LineFramer, type FramedLine } from '../decoders/framer.js';
import { normalize } from '../normalizers/normalize.js';
import { unreadable } from './access-right.js';
import { deliver } from './delivery.js';
import { openLogFile, type FileAccess } from './file-access.js';
import type { SourceObserver } from './observer.js';
import { LineRecords } from './line-records.js';
import { pause } from './pause.js';
import { contextOf, systemClock, type Placement } from './placement.js';
import { readFilePosition, type FilePosition, type PositionStore } from './position.js';

export interface FileSourceOptions {
  readonly path: string;
  /** Asked with every opening: what lies at the path can change. */
  readonly access: FileAccess;
  readonly placement: Placement;
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly positions: PositionStore;
  readonly clock?: Clock;
  /** Where a file that was never read begins. Default `start`. */
  readonly from?: 'start' | 'end';
  /** Pause between looks, milliseconds. Default 500. */
  readonly everyMs?: number;
  /** Most bytes of a line that are kept. Default 1 MiB. */
  readonly lineBytes?: number;
}

const CHUNK_BYTES = 256 << 10;
const HEAD_BYTES = 1_024;
/** Most bytes of the `#` lines at the beginning of a file that are read again after a restart. */
const HEADER_BYTES = 64 << 10;
const HASH = 0x23;
const BATCH_EVENTS = 1_000;
const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz4|zip)$/;

interface Opened {
  readonly handle: FileHandle;
  readonly dev: number;
  readonly ino: number;
  /** See {@link FilePosition.generation}. */
  generation: number;
  /** Bytes read, of which the framer still holds an unfinished line. */
  read: number;
  head: string;
  headBytes: number;
  framer: LineFramer;
  records: LineRecords;
}

/**
 * The position is saved after the journal accepted, so that a crash loses nothing and reads at most one chunk again;
 * each line carries an identifier of its place and content, by which the journal knows what it has already.
 * A rotation that happened while we were stopped is caught up from the renamed file, if it is still there uncompressed;
 * otherwise the loss `file_rotated_away` is told, its size being unknown (0 records).
 */
export class FileSource {
  readonly #options: FileSourceOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #file: Opened | undefined;
  #loop: Promise<void> | undefined;
  #known = false;
  #saved: FilePosition | undefined;
  #told: string | undefined;

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#close();
    this.#options.observer.state('stopped');
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.poll();
      await pause(this.#options.everyMs ?? 500, this.#stopping.signal);
    }
  }

  /** One look: takes everything that is there now, over a rotation if there was one. */
  async poll(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      await this.#close();
      const problem =
        error instanceof FaultError
          ? error.fault
          : await unreadable(this.#options.path, error as NodeJS.ErrnoException);
      this.#tell((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'waiting' : 'failed', problem);
    }
  }

  async #look(): Promise<void> {
    if (!this.#known) {
      this.#saved = readFilePosition(await this.#options.positions.load(this.#options.placement.source));
      this.#known = true;
    }
    this.#file ??= await this.#first();
    this.#tell('running');
    for (;;) {
      const file = this.#file;
      if (await this.#wasRewritten(file)) await this.#restart(file);
      if (!(await this.#drain(file))) return;
      const current = await stat(this.#options.path).catch(() => undefined);
      if (current && current.dev === file.dev && current.ino === file.ino) return;
      // Renamed away, or deleted: what it holds has been read; its last line will get no end any more.
      if (!current || !(await this.#drain(file)) || !(await this.#takeRest(file))) return;
      await this.#close();
      this.#file = await this.#open(this.#options.path, 0, file.generation + 1);
    }
  }

  /** Opens the file where reading goes on after a start. */
  async #first(): Promise<Opened> {
    const saved = this.#saved;
    if (!saved) {
      const { size } = await stat(this.#options.path);
      return this.#open(this.#options.path, this.#options.from === 'end' ? size : 0, 0);
    }
    if (await this.#begins(this.#options.path, saved)) {
      const { size } = await stat(this.#options.path);
      if (size >= saved.offset) return this.#open(this.#options.path, saved.offset, saved.generation);
      return this.#open(this.#options.path, 0, saved.generation + 1);
    }
    const renamed = await this.#renamed(saved);
    if (renamed !== undefined) return this.#open(renamed, saved.offset, saved.generation);
    this.#options.observer.lost('file_rotated_away', 0);
    return this.#open(this.#options.path, 0, saved.generation + 1);
  }

  /** True if the file is the one that the position was taken in. */
  async #begins(path: string, saved: FilePosition): Promise<boolean> {
    const handle = await openLogFile(path, this.#options.access);
    try {
      const { dev, ino } = await handle.stat();
      if (saved.headBytes === 0) return dev === saved.dev && ino === saved.ino;
      const head = await headOf(handle, saved.headBytes);
      return head.bytes === saved.headBytes && head.digest === saved.head;
    } finally {
      await handle.close();
    }
  }

  /** The rotated file that the position was taken in: a neighbour with our name before its own ending. */
  async #renamed(saved: FilePosition): Promise<string | undefined> {
    const folder = dirname(this.#options.path);
    const name = basename(this.#options.path);
    const stem = name.replace(/\.[^.]+$/, '');
    for (const entry of await readdir(folder).catch(() => [])) {
      if (entry === name || !entry.startsWith(stem) || COMPRESSED.test(entry)) continue;
      const path = join(folder, entry);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile() || found.ino !== saved.ino || found.dev !== saved.dev) continue;
      if (await this.#begins(path, saved).catch(() => false)) return path;
    }
    return undefined;
  }

  async #open(path: string, offset: number, generation: number): Promise<Opened> {
    const handle = await openLogFile(path, this.#options.access);
    const { dev, ino } = await handle.stat();
    const head = await headOf(handle, HEAD_BYTES);
    return {
      handle,
      dev,
      ino,
      generation,
      read: offset,
      head: head.digest,
      headBytes: head.bytes,
      framer: this.#framer(offset),
      records: await this.#records(handle, offset),
    };
  }

  /** Lines are read by the header that stands at the beginning of their file, also where reading goes on behind it. */
  async #records(handle: FileHandle, offset: number): Promise<LineRecords> {
    const records = new LineRecords({ path: this.#options.path });
    if (offset === 0) return records;
    const buffer = Buffer.alloc(Math.min(offset, HEADER_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    for (const line of this.#framer(0).push(buffer.subarray(0, bytesRead))) {
      if (line.bytes[0] !== HASH) break;
      records.of(line);
    }
    return records;
  }

  #framer(offset: number): LineFramer {
    return new LineFramer(this.#options.lineBytes ?? 1 << 20, offset);
  }

  /** Truncated, or (copytruncate, and grown past our offset since) beginning with something else. */
  async #wasRewritten(file: Opened): Promise<boolean> {
    const { size } = await file.handle.stat();
    if (size < file.read) return true;
    const head = await headOf(file.handle, HEAD_BYTES);
    if (file.headBytes > 0) {
      const before = head.bytes === file.headBytes ? head : await headOf(file.handle, file.headBytes);
      if (before.digest !== file.head) return true;
    }
    file.head = head.digest;
    file.headBytes = head.bytes;
    return false;
  }

  async #restart(file: Opened): Promise<void> {
    await this.#takeRest(file);
    const head = await headOf(file.handle, HEAD_BYTES);
    file.read = 0;
    file.generation += 1;
    file.framer = this.#framer(0);
    file.records = await this.#records(file.handle, 0);
    file.head = head.digest;
    file.headBytes = head.bytes;
  }

  /** Reads to the end; false if we are being stopped before the journal took all of it. */
  async #drain(file: Opened): Promise<boolean> {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      if (this.#stopping.signal.aborted) return false;
      const { bytesRead } = await file.handle.read(buffer, 0, CHUNK_BYTES, file.read);
      if (bytesRead === 0) return true;
      // A copy: the framer keeps the unfinished line while the buffer is read into again.
      const messages = file.framer.push(Buffer.from(buffer.subarray(0, bytesRead)));
      file.read += bytesRead;
      if (!(await this.#take(file, messages))) return false;
    }
  }

  async #takeRest(file: Opened): Promise<boolean> {
    const rest = file.framer.end();
    return rest ? this.#take(file, [rest]) : true;
  }

  async #take(file: Opened, messages: readonly FramedLine[]): Promise<boolean> {
    const { placement, intake, observer, positions } = this.#options;
    const context = contextOf(placement, this.#clock);
    const options = { intake, observer, clock: this.#clock, signal: this.#stopping.signal };
    for (let at = 0; at < messages.length; at += BATCH_EVENTS) {
      const part = messages.slice(at, at + BATCH_EVENTS);
      const events: NewEvent[] = part.flatMap((message) => {
        const senderId = senderIdOf(placement.source, file, message);
        return file.records
          .of(message)
          .map((record, at) =>
            normalize({ ...record, senderId: at === 0 ? senderId : `${senderId} ${at}` }, context),
          );
      });
      const bytes = part.reduce((sum, message) => sum + message.bytes.length, 0);
      if (await deliver(events, bytes, options)) continue;
      // The position stays where the last whole chunk ended; what follows is read again.
      file.read = -1;
      return false;
    }
    if (messages.length === 0) return true;
    const { dev, ino, generation, head, headBytes } = file;
    const offset = file.read - file.framer.pendingBytes;
    this.#saved = { dev, ino, generation, offset, head, headBytes };
    await positions.save(placement.source, JSON.stringify(this.#saved));
    return true;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close().catch(() => undefined);
  }

  #tell(state: 'running' | 'waiting' | 'failed', problem?: Fault): void {
    const key = state + (problem ? JSON.stringify(problem) : '');
    if (key === this.#told) return;
    this.#told = key;
    this.#options.observer.state(state, problem);
  }
}

/**
 * The generation tells apart what stood at one place of one inode before and after copytruncate; the sum of the bytes
 * keeps a line from being taken for another where a crash made us miss a generation.
 */
function senderIdOf(source: string, { dev, ino, generation }: Opened, { offset, bytes }: FramedLine): string {
  return `file ${source} ${dev} ${ino} ${generation} ${offset} ${crc32(bytes)}`;
}

async function headOf(handle: FileHandle, bytes: number): Promise<{ digest: string; bytes: number }> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
  return {
    digest: createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex'),
    bytes: bytesRead,
  };
}
