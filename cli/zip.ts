/** Opens a zip, also one behind whose end something was added, as tools that rewrite line ends do. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';

const OPTIONS = { lazyEntries: true, autoClose: true, strictFileNames: false } as const;
/** The end of the directory with the longest comment (APPNOTE 6.3.10, 4.3.16). */
const MOST_TAIL = 22 + 0xffff;
const END = Buffer.from('PK\x05\x06');

export async function zipOfFile(path: string): Promise<yauzl.ZipFile> {
  const { size } = await stat(path);
  const handle = await open(path);
  const tail = Buffer.alloc(Math.min(size, MOST_TAIL));
  await handle.read(tail, 0, tail.length, size - tail.length).finally(() => handle.close());
  const end = size - tail.length + endOf(tail);
  return opened((done) => yauzl.fromRandomAccessReader(new FileReader(path), end, OPTIONS, done));
}

export function zipOfBytes(bytes: Buffer): Promise<yauzl.ZipFile> {
  const tail = bytes.subarray(-MOST_TAIL);
  const end = bytes.length - tail.length + endOf(tail);
  return opened((done) => yauzl.fromBuffer(bytes.subarray(0, end), OPTIONS, done));
}

/** Bytes of `tail` up to where the directory ends by its own word; all of them where it says nothing sensible. */
function endOf(tail: Buffer): number {
  for (let at = tail.lastIndexOf(END); at >= 0; at = at > 0 ? tail.lastIndexOf(END, at - 1) : -1) {
    if (at + 22 > tail.length) continue;
    const end = at + 22 + tail.readUInt16LE(at + 20);
    if (end <= tail.length) return end;
  }
  return tail.length;
}

class FileReader extends yauzl.RandomAccessReader {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  /** `end` is the first byte that is not wanted. */
  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }
}

function opened(
  open: (done: (error: Error | null, zip: yauzl.ZipFile) => void) => void,
): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => open((error, zip) => (error ? reject(error) : resolve(zip))));
}
