/** The senders' keys of sealed segments on disk, so that the window outlives the segments and starts without reading them. */
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncFolder, writeAll } from './files.js';
import { KEY_BYTES } from './identity.js';

// A block: 0 magic 'FHJS'  4 keys u32  8 through frame f64  16 CRC-32 of the keys u32  20 CRC-32 of bytes 0–19 u32, then the keys.
const BLOCK_HEADER = 24;
const MAGIC = Buffer.from('FHJS', 'latin1');

interface Block {
  readonly throughFrame: number;
  readonly keys: Buffer;
}

export class SenderLog {
  readonly #path: string;
  /** Keys that a rewrite keeps at least; the file is rewritten at twice as many. */
  readonly #capacity: number;
  #file: FileHandle;
  #bytes: number;
  #throughFrame: number;

  private constructor(path: string, capacity: number, file: FileHandle, bytes: number, throughFrame: number) {
    this.#path = path;
    this.#capacity = capacity;
    this.#file = file;
    this.#bytes = bytes;
    this.#throughFrame = throughFrame;
  }

  /** Opens or makes the log and hands its keys out, oldest first. A damaged end is cut: its segments are read again. */
  static async open(path: string, capacity: number, take: (keys: Buffer) => void): Promise<SenderLog> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    let at = 0;
    let throughFrame = 0;
    for (let block = blockAt(bytes, 0); block !== undefined; block = blockAt(bytes, at)) {
      take(block.keys);
      throughFrame = block.throughFrame;
      at += BLOCK_HEADER + block.keys.length;
    }
    const file = await open(path, bytes.length === 0 ? 'w+' : 'r+', 0o600);
    if (at < bytes.length) await file.truncate(at);
    return new SenderLog(path, capacity, file, at, throughFrame);
  }

  /** Segments whose last frame is at or below this one are covered. */
  get throughFrame(): number {
    return this.#throughFrame;
  }

  /** Adds the keys up to a frame; on return they are on disk. Throws the error of the file system, having kept nothing. */
  async append(throughFrame: number, keys: Buffer): Promise<void> {
    if (this.#bytes + keys.length > 2 * this.#capacity * KEY_BYTES) await this.#rewrite();
    const block = encodeBlock({ throughFrame, keys });
    try {
      await writeAll(this.#file, block, this.#bytes);
      await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#bytes += block.length;
    this.#throughFrame = throughFrame;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Keeps the newest blocks that hold the capacity together. */
  async #rewrite(): Promise<void> {
    const bytes = await readFile(this.#path);
    const starts: number[] = [];
    let at = 0;
    for (let block = blockAt(bytes, 0); block !== undefined; block = blockAt(bytes, at)) {
      starts.push(at);
      at += BLOCK_HEADER + block.keys.length;
    }
    const from = starts.findLast((start) => at - start >= this.#capacity * KEY_BYTES) ?? 0;
    const fresh = `${this.#path}.new`;
    const file = await open(fresh, 'w+', 0o600);
    try {
      await writeAll(file, bytes.subarray(from, at), 0);
      await file.datasync();
      await rename(fresh, this.#path);
    } catch (error) {
      await file.close();
      await rm(fresh, { force: true });
      throw error;
    }
    await this.#file.close();
    this.#file = file;
    this.#bytes = at - from;
    await syncFolder(dirname(this.#path));
  }
}

function encodeBlock(block: Block): Buffer {
  const bytes = Buffer.allocUnsafe(BLOCK_HEADER + block.keys.length);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(block.keys.length / KEY_BYTES, 4);
  bytes.writeDoubleLE(block.throughFrame, 8);
  bytes.writeUInt32LE(crc32(block.keys), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
  block.keys.copy(bytes, BLOCK_HEADER);
  return bytes;
}

function blockAt(bytes: Buffer, at: number): Block | undefined {
  if (at + BLOCK_HEADER > bytes.length || bytes.compare(MAGIC, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + 20)) !== bytes.readUInt32LE(at + 20)) return undefined;
  const end = at + BLOCK_HEADER + bytes.readUInt32LE(at + 4) * KEY_BYTES;
  if (end > bytes.length) return undefined;
  const keys = bytes.subarray(at + BLOCK_HEADER, end);
  if (crc32(keys) !== bytes.readUInt32LE(at + 16)) return undefined;
  return { throughFrame: bytes.readDoubleLE(at + 8), keys };
}
