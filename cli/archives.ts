/** The log files that one file holds: itself, or what lies in it if it is compressed or an archive, however nested. */
import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import xz from 'xz-decompress';
import type yauzl from 'yauzl';
import { zipOfBytes, zipOfFile } from './zip.js';

/** One log file. `name` is its path, and behind each `!` its path within an archive. */
export interface LogFile {
  readonly name: string;
  readonly stream: Readable;
  /** The first bytes, at most {@link HEAD_BYTES}; `stream` gives them too. */
  readonly head: Buffer;
}

/** What cannot be read as a log, with the reason; it does not end the archive. */
export interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

/** Far enough to hold tar's magic at 257. */
export const HEAD_BYTES = 512;
/** Archives in archives: deeper ones are passed over. */
const MOST_DEPTH = 5;
/** A zip within another archive is read from memory, since its directory stands at its end. */
const MOST_NESTED_ZIP = 512 * 1024 * 1024;

/**
 * Forms are known by their first bytes, never by their names: gzip, xz, zip, tar, each also within the others. Nothing
 * is ever written to disk, so names within archives cannot lead anywhere. Throws the error of the file system.
 */
export async function* logFilesIn(path: string): AsyncGenerator<LogFile | PassedOver> {
  const { head, stream } = await peek(createReadStream(path));
  if (!isZip(head)) return yield* membersOf(path, stream, head, 0);
  stream.destroy();
  yield* zipMembers(path, await zipOfFile(path), 0);
}

async function* membersOf(
  name: string,
  stream: Readable,
  head: Buffer,
  depth: number,
): AsyncGenerator<LogFile | PassedOver> {
  const inflate = inflaterOf(head);
  if (!inflate && !isZip(head) && !isTar(head)) {
    yield { name, stream, head };
    stream.destroy();
    return;
  }
  try {
    if (depth >= MOST_DEPTH)
      yield { name, reason: `archives lie within archives more than ${MOST_DEPTH} deep` };
    else if (inflate) {
      const inner = await peek(inflate(stream));
      yield* membersOf(name, inner.stream, inner.head, depth + 1);
    } else if (isTar(head)) yield* tarMembers(name, stream, depth);
    else {
      const bytes = await wholeOf(stream, MOST_NESTED_ZIP);
      if (bytes) yield* zipMembers(name, await zipOfBytes(bytes), depth);
      else yield { name, reason: 'a zip within an archive may have 512 MiB at most; unpack it first' };
    }
  } catch (error) {
    // Damage in one member leaves its neighbours readable where the form allows it.
    if (depth === 0) throw error;
    yield { name, reason: messageOf(error) };
  } finally {
    stream.destroy();
  }
}

async function* tarMembers(
  name: string,
  stream: Readable,
  depth: number,
): AsyncGenerator<LogFile | PassedOver> {
  const decoder = createTarDecoder();
  const entries = (Readable.toWeb(stream) as unknown as ReadableStream).pipeThrough(decoder as never);
  for await (const entry of entries as AsyncIterable<TarEntry>) {
    const inner = `${name}!${entry.header.name}`;
    if ((entry.header.type ?? 'file') !== 'file' || isLitter(entry.header.name)) {
      await entry.body.cancel();
      continue;
    }
    const body = await peek(Readable.fromWeb(entry.body));
    yield* membersOrBinary(inner, body, depth);
    await drained(body.stream);
  }
}

interface TarEntry {
  readonly header: { readonly name: string; readonly type?: string };
  readonly body: ReadableStream;
}

async function* zipMembers(
  name: string,
  zip: yauzl.ZipFile,
  depth: number,
): AsyncGenerator<LogFile | PassedOver> {
  try {
    for (let entry = await nextEntry(zip); entry; entry = await nextEntry(zip)) {
      const inner = `${name}!${entry.fileName}`;
      if (entry.fileName.endsWith('/') || isLitter(entry.fileName)) continue;
      if (entry.isEncrypted()) {
        yield { name: inner, reason: 'it is encrypted; unpack it first' };
        continue;
      }
      const opened = entry;
      const stream = await new Promise<Readable>((resolve, reject) =>
        zip.openReadStream(opened, (error, readable) => (error ? reject(error) : resolve(readable))),
      );
      const body = await peek(stream);
      yield* membersOrBinary(inner, body, depth);
      body.stream.destroy();
    }
  } finally {
    zip.close();
  }
}

/** Within an archive lie other things than logs: pictures, packet captures, databases. A file named by hand is read anyway. */
async function* membersOrBinary(
  name: string,
  { head, stream }: Peeked,
  depth: number,
): AsyncGenerator<LogFile | PassedOver> {
  const isText = !head.includes(0) || head[0] === 0xff || head[0] === 0xfe;
  const isKnown = isTar(head) || isZip(head) || inflaterOf(head) !== undefined || isEvtx(head);
  if (isText || isKnown) yield* membersOf(name, stream, head, depth + 1);
  else yield { name, reason: 'it is no text' };
}

interface Peeked {
  readonly head: Buffer;
  readonly stream: Readable;
}

/** The first bytes, and a stream that still gives all. */
async function peek(source: Readable): Promise<Peeked> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const reader = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let ended = false;
  while (bytes < HEAD_BYTES && !ended) {
    const next = await reader.next();
    if (next.done) ended = true;
    else {
      const chunk = Buffer.from(next.value);
      chunks.push(chunk);
      bytes += chunk.length;
    }
  }
  const whole = Buffer.concat(chunks);
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (whole.length > 0) yield whole;
      while (!ended) {
        const next = await reader.next();
        if (next.done) return;
        yield Buffer.from(next.value);
      }
    } finally {
      await reader.return?.();
    }
  }
  return { head: whole.subarray(0, HEAD_BYTES), stream: Readable.from(all(), { objectMode: false }) };
}

/** A tar goes on behind a member only when that has been read to its end. */
async function drained(stream: Readable): Promise<void> {
  if (stream.destroyed) return;
  stream.resume();
  if (!stream.readableEnded) await once(stream, 'end');
}

async function wholeOf(stream: Readable, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (bytes > most) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function nextEntry(zip: yauzl.ZipFile): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    const off = () => {
      zip.off('entry', onEntry);
      zip.off('end', onEnd);
      zip.off('error', onError);
    };
    const onEntry = (entry: yauzl.Entry) => (off(), resolve(entry));
    const onEnd = () => (off(), resolve(undefined));
    const onError = (error: Error) => (off(), reject(error));
    zip.on('entry', onEntry);
    zip.on('end', onEnd);
    zip.on('error', onError);
    zip.readEntry();
  });
}

function inflaterOf(head: Buffer): ((stream: Readable) => Readable) | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b)
    return (stream) => {
      const inflated = createGunzip();
      stream.on('error', (error) => inflated.destroy(error));
      return stream.pipe(inflated);
    };
  if (head.subarray(0, 6).equals(XZ_MAGIC))
    return (stream) =>
      Readable.fromWeb(new xz.XzReadableStream(Readable.toWeb(stream) as never) as unknown as ReadableStream);
  return undefined;
}

const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

function isZip(head: Buffer): boolean {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(head.toString('latin1', 0, 4));
}

/** `ustar` at 257 (POSIX.1-1988); older forms have no magic and are not known. */
function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar';
}

function isEvtx(head: Buffer): boolean {
  return head.toString('latin1', 0, 7) === 'ElfFile';
}

/** What macOS puts beside the files. */
function isLitter(name: string): boolean {
  return name.startsWith('__MACOSX/') || /(?:^|\/)\._|(?:^|\/)\.DS_Store$/.test(name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** All bytes of a log; for forms that are read as a whole. */
export function bytesOf({ stream }: LogFile): Promise<Buffer> {
  return buffer(stream);
}
