/** The journal on files: where an event is accepted, in numbered frames that are synced before the sender is answered. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventBus } from '#kernel/bus.js';
import type { Clock, Identifiers } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import type { Frame, NewEvent } from '#kernel/event.js';
import type { Accepted, Journal, JournalState } from '#kernel/ports/journal.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { DiskCursor, type Damage } from './cursor.js';
import { replaceFile } from './files.js';
import { buildGroup, encodeRequest, type Group, type Request } from './group.js';
import { writeKey, KEY_BYTES, type Digest } from './identity.js';
import { ReaderPositions } from './readers.js';
import { collectSenders, listSegments, recoverEnd, type JournalEnd, type Recovered } from './recovery.js';
import { FrameRing } from './ring.js';
import type { Segment } from './segment.js';
import { SenderLog } from './sender-log.js';
import { SenderWindow } from './sender-window.js';
import { SegmentWriter } from './writer.js';

export interface JournalOptions {
  /** Made if it is not there; belongs to this journal alone. */
  readonly folder: string;
  readonly clock: Clock;
  readonly ids: Identifiers;
  /** Hears `frame.appended`, and `platform.reported` with `journal_recovered`, `journal_damaged`, `journal_unwritable`, `journal_writable`. */
  readonly bus?: EventBus;
  /** Told once, while the journal is opened, of a tail that had to be cut. */
  readonly onRecovered?: (recovered: Recovered) => void;
  /** Readers that will register: until each has, nothing is deleted. */
  readonly readers?: readonly string[];
  /** A segment that has reached this size is followed by a new one. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Most events of a frame (default 5,000) and about its most bytes (default 8 MiB; one larger event still fits). */
  readonly frameEvents?: number;
  readonly frameBytes?: number;
  /** Bytes that readers may be behind before appends are refused. Default 2 GiB. */
  readonly maxUnreleasedBytes?: number;
  /** Bytes that may wait for the disk before appends are refused. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Newest frames that a follower has yet to take, kept in memory; in bytes on disk. Default 8 MiB. */
  readonly ringBytes?: number;
  /** Senders' identifiers that are remembered at least. Default 1,000,000. */
  readonly senderWindow?: number;
}

interface Waiting extends Request {
  resolve(result: Result<readonly Accepted[]>): void;
  reject(error: unknown): void;
}

/** Who follows, and the frame that comes next. */
interface Follower {
  next: number;
}

const MIB = 1024 * 1024;
const IDENTITY_FILE = 'journal.json';
const SENDERS_FILE = 'senders.log';

/** Opens the journal in a folder, or makes one. Throws the file system's error where the folder cannot be used. */
export async function openJournal(options: JournalOptions): Promise<FileJournal> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const id = await identityOf(options);
  const segments = await listSegments(options.folder);
  const capacity = options.senderWindow ?? 1_000_000;
  const window = new SenderWindow(capacity);
  const senders = await SenderLog.open(join(options.folder, SENDERS_FILE), capacity, (keys) =>
    window.addAll(keys),
  );
  const unsealed: Buffer[] = [];
  const take = (key: Buffer): void => {
    window.add(key);
    unsealed.push(key);
  };
  let end: JournalEnd = { frame: 0, seq: 0, nextFrame: 1, nextSeq: 1 };
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1];
    if (following === undefined) end = await recoverEnd(segment, take);
    else if (following.firstFrame - 1 > senders.throughFrame) await collectSenders(segment, take);
  }
  const journal = new FileJournal(options, { id, segments, window, senders, unsealed, end });
  if (end.recovered) {
    const { file, offset, bytes } = end.recovered;
    options.onRecovered?.(end.recovered);
    options.bus?.emit('platform.reported', {
      state: 'journal_recovered',
      detail: `cut to the last whole frame ${end.frame}: ${bytes} bytes from byte ${offset} were set aside in ${file}`,
      severity: end.recovered.lostFrame === undefined ? 'medium' : 'high',
    });
  }
  return journal;
}

async function identityOf(options: JournalOptions): Promise<string> {
  const path = join(options.folder, IDENTITY_FILE);
  try {
    const { id } = JSON.parse(await readFile(path, 'utf8')) as { id: string };
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const id = options.ids.next('jrn');
  await replaceFile(path, `${JSON.stringify({ id, format: 1 })}\n`);
  return id;
}

interface Opened {
  readonly id: string;
  readonly segments: Segment[];
  readonly window: SenderWindow;
  readonly senders: SenderLog;
  readonly unsealed: Buffer[];
  readonly end: JournalEnd;
}

export class FileJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #id: string;
  readonly #segments: Segment[];
  readonly #writer: SegmentWriter;
  readonly #window: SenderWindow;
  readonly #senders: SenderLog;
  readonly #ring: FrameRing;
  readonly #readers: ReaderPositions;
  readonly #frameEvents: number;
  readonly #frameBytes: number;
  readonly #key = Buffer.alloc(KEY_BYTES);
  readonly #damages = new Set<string>();
  readonly #wakers = new Set<() => void>();
  readonly #followers = new Set<Follower>();
  /** Keys of frames behind the last sealed one. */
  #unsealed: Buffer[];
  #sealing: Promise<void> = Promise.resolve();
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #writable = true;
  #closed = false;
  #frame: number;
  #seq: number;
  #nextFrame: number;
  #nextSeq: number;

  /** Use {@link openJournal}. */
  constructor(options: JournalOptions, opened: Opened) {
    this.#options = options;
    this.#id = opened.id;
    this.#segments = opened.segments;
    this.#writer = new SegmentWriter(options.folder, opened.segments);
    this.#window = opened.window;
    this.#senders = opened.senders;
    this.#unsealed = opened.unsealed;
    this.#ring = new FrameRing(options.ringBytes ?? 8 * MIB);
    this.#readers = new ReaderPositions(options.readers ?? []);
    this.#frameEvents = options.frameEvents ?? 5_000;
    this.#frameBytes = options.frameBytes ?? 8 * MIB;
    this.#frame = opened.end.frame;
    this.#seq = opened.end.seq;
    this.#nextFrame = opened.end.nextFrame;
    this.#nextSeq = opened.end.nextSeq;
  }

  state(): JournalState {
    const first = this.#segments[0];
    const last = this.#segments.at(-1);
    return {
      id: this.#id,
      frame: this.#frame,
      seq: this.#seq,
      oldestFrame: first?.firstFrame ?? this.#nextFrame,
      bytes: first && last ? last.startBytes + last.bytes - first.startBytes : 0,
    };
  }

  /**
   * Events belong to the journal from here on: their fields must not be changed any more. `disk_full` stands for
   * every error of the disk; a closed journal answers `store_unavailable`.
   */
  async append(events: readonly NewEvent[]): Promise<Result<readonly Accepted[]>> {
    if (this.#closed) return fail(fault('store_unavailable', { reason: 'the journal is closed' }));
    if (events.length === 0) return ok([]);
    const request = encodeRequest(events);
    const waiting = this.#queuedBytes + request.bytes;
    const behind = this.#unreleasedBytes() + waiting;
    if (
      behind > (this.#options.maxUnreleasedBytes ?? 2048 * MIB) ||
      (this.#queuedBytes > 0 && waiting > (this.#options.maxQueuedBytes ?? 64 * MIB))
    )
      return fail(fault('journal_full'));
    this.#queuedBytes = waiting;
    return await new Promise((resolve, reject) => {
      this.#queue.push({ ...request, resolve, reject });
      this.#writing ??= this.#writeQueue();
    });
  }

  /** A reader that is ahead of what was found on disk (a tail was lost after it had been read) moves the numbers on. */
  register(reader: string, throughFrame: number): void {
    this.#readers.advance(reader, throughFrame);
    if (throughFrame < this.#nextFrame) return;
    // The lost frames had that many events at most, so no sequence is used twice.
    this.#nextSeq += (throughFrame + 1 - this.#nextFrame) * this.#frameEvents;
    this.#nextFrame = throughFrame + 1;
  }

  async release(reader: string, throughFrame: number): Promise<void> {
    this.#readers.advance(reader, throughFrame);
    await this.#deletePassed();
  }

  async read(number: number): Promise<Frame | undefined> {
    const recent = this.#ring.get(number);
    if (recent || number > this.#frame) return recent;
    const cursor = this.#cursor();
    try {
      const frame = await cursor.next(number);
      return frame?.number === number ? frame : undefined;
    } finally {
      await cursor.close();
    }
  }

  /** Numbers jump where frames are damaged or no longer here: the reader counts what it has missed. */
  async *follow(fromFrame: number, signal: AbortSignal): AsyncGenerator<Frame, void> {
    const cursor = this.#cursor();
    let next = fromFrame;
    const follower: Follower = { next };
    this.#followers.add(follower);
    try {
      while (!signal.aborted && !this.#closed) {
        if (next > this.#frame) {
          await cursor.close();
          await this.#appended(next, signal);
          continue;
        }
        // Taken before the wait: what is appended meanwhile is not behind the cursor's end.
        const end = this.#frame;
        const frame = this.#ring.get(next) ?? (await cursor.next(next));
        if (signal.aborted) return;
        next = follower.next = (frame?.number ?? end) + 1;
        this.#dropTaken();
        if (frame) yield frame;
      }
    } finally {
      this.#followers.delete(follower);
      await cursor.close();
    }
  }

  /** Writes what waits, then ends every follower. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    await this.#sealing;
    this.#wake();
    await this.#writer.close();
    await this.#senders.close();
  }

  async #writeQueue(): Promise<void> {
    // What is appended in the same turn goes into the same group; nothing waits longer than that.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const requests = this.#takeGroup();
      try {
        await this.#writeGroup(requests);
      } catch (error) {
        for (const request of requests) request.reject(error);
      }
      for (const request of requests) this.#queuedBytes -= request.bytes;
    }
    this.#writing = undefined;
  }

  /** Whole appends, so that one of them is kept whole or not at all. */
  #takeGroup(): Waiting[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const request of this.#queue) {
      events += request.encoded.length;
      bytes += request.bytes;
      if (count > 0 && (events > this.#frameEvents || bytes > this.#frameBytes)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #writeGroup(requests: readonly Waiting[]): Promise<void> {
    const group = buildGroup(requests, {
      journal: this.#id,
      nextFrame: this.#nextFrame,
      nextSeq: this.#nextSeq,
      ingestedMs: this.#options.clock.nowMs(),
      frameEvents: this.#frameEvents,
      frameBytes: this.#frameBytes,
      isKnown: (digest) => this.#isKnown(digest),
    });
    const problem = group.frames.length > 0 ? await this.#put(group) : undefined;
    if (problem === undefined) this.#publish(group);
    for (const [index, request] of requests.entries()) {
      request.resolve(problem === undefined ? ok(group.accepted[index] ?? []) : fail(fault('disk_full')));
    }
  }

  /** The error that kept the group from the disk, or undefined when it is there. */
  async #put(group: Group): Promise<unknown> {
    try {
      const active = this.#writer.active;
      const full = active !== undefined && active.bytes >= (this.#options.segmentBytes ?? 64 * MIB);
      if (active === undefined || full) await this.#writer.roll(this.#nextFrame, this.#nextSeq);
      if (full) this.#seal(this.#nextFrame - 1);
      await this.#writer.write(group.frames);
    } catch (error) {
      this.#report(false, error);
      return error ?? new Error('write failed');
    }
    this.#report(true);
    return undefined;
  }

  #publish(group: Group): void {
    this.#window.addAll(group.keys);
    if (group.keys.length > 0) this.#unsealed.push(group.keys);
    for (const { frame, header, payload } of group.frames) {
      this.#frame = frame.number;
      this.#seq = frame.firstSeq + frame.events.length - 1;
      this.#nextFrame = this.#frame + 1;
      this.#nextSeq = this.#seq + 1;
      this.#ring.add(frame, header.length + payload.length);
      this.#options.bus?.emit('frame.appended', {
        journal: this.#id,
        frame: frame.number,
        events: frame.events.length,
        lastSeq: this.#seq,
      });
    }
    this.#wake();
  }

  #isKnown(digest: Digest): boolean {
    writeKey(digest, this.#key, 0);
    return this.#window.has(this.#key);
  }

  /** Writes the keys of sealed segments beside them, while appends go on. What fails is tried with the next segment. */
  #seal(throughFrame: number): void {
    const keys = this.#unsealed;
    this.#unsealed = [];
    this.#sealing = this.#sealing.then(async () => {
      try {
        await this.#senders.append(throughFrame, Buffer.concat(keys));
        await this.#deletePassed();
      } catch {
        this.#unsealed = [...keys, ...this.#unsealed];
      }
    });
  }

  /** Deletes segments that every reader has passed and whose senders are known from the log. The last one stays. */
  async #deletePassed(): Promise<void> {
    const passed = Math.min(this.#readers.passed(), this.#senders.throughFrame);
    for (let second = this.#segments[1]; second !== undefined; second = this.#segments[1]) {
      if (second.firstFrame - 1 > passed) return;
      const first = this.#segments.shift() as Segment;
      await rm(first.path, { force: true });
    }
  }

  #unreleasedBytes(): number {
    const passed = this.#readers.passed();
    const last = this.#segments.at(-1);
    if (last === undefined || passed >= this.#frame) return 0;
    const segment = this.#segments.findLast((other) => other.firstFrame <= passed + 1) ?? this.#segments[0];
    if (segment === undefined) return 0;
    return last.startBytes + last.bytes - (segment.startBytes + segment.offsetBefore(passed + 1));
  }

  /** Objects that nobody waits for are the costliest garbage: what all followers have taken is let go at once. */
  #dropTaken(): void {
    let least = Infinity;
    for (const { next } of this.#followers) least = Math.min(least, next);
    this.#ring.dropThrough(least - 1);
  }

  #cursor(): DiskCursor {
    return new DiskCursor(this.#id, this.#segments, (damage) => this.#reportDamage(damage));
  }

  /** Once for each place, whoever reads over it. */
  #reportDamage(damage: Damage): void {
    const place = `${damage.file}@${damage.offset}`;
    if (this.#damages.has(place)) return;
    this.#damages.add(place);
    this.#options.bus?.emit('platform.reported', {
      state: 'journal_damaged',
      detail: `${damage.bytes} bytes from byte ${damage.offset} of ${damage.file} are no whole frame`,
      severity: 'high',
    });
  }

  #report(writable: boolean, error?: unknown): void {
    if (writable === this.#writable) return;
    this.#writable = writable;
    const reason = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
    this.#options.bus?.emit('platform.reported', {
      state: writable ? 'journal_writable' : 'journal_unwritable',
      detail: writable ? 'the journal accepts events again' : `the journal cannot be written: ${reason}`,
      severity: writable ? 'informational' : 'critical',
    });
  }

  /** Waits for the frame, the signal or the end. */
  async #appended(number: number, signal: AbortSignal): Promise<void> {
    if (number <= this.#frame || signal.aborted || this.#closed) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
