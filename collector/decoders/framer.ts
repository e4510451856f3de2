/** Cuts a byte stream into messages: lines (LF), and syslog over TCP with both framings of RFC 6587. Bounded memory. */

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** One message of a stream. */
export interface FramedMessage {
  readonly bytes: Buffer;
  /** Bytes the message had before it was cut to the limit; absent for a whole message. */
  readonly cutFrom?: number;
}

export interface Framer {
  /** Messages that end within this chunk. The chunk may be reused by the caller only after they have been read. */
  push(chunk: Buffer): FramedMessage[];
  /** The last message of a stream that ended without a line end, if there is one. */
  end(): FramedMessage | undefined;
}

function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CR || byte === NUL;
}

/** Collects the pieces of one message and keeps at most `limit` bytes of it. */
class Gathering {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #kept = 0;
  #seen = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get seen(): number {
    return this.#seen;
  }

  add(piece: Buffer): void {
    this.#seen += piece.length;
    const room = this.#limit - this.#kept;
    if (room <= 0) return;
    const part = piece.length > room ? piece.subarray(0, room) : piece;
    this.#parts.push(part);
    this.#kept += part.length;
  }

  /** Hands over what was gathered, without trailing line ends and NUL, and starts anew. Undefined for an empty message. */
  take(): FramedMessage | undefined {
    const bytes =
      this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#kept);
    const cutFrom = this.#seen > this.#limit ? this.#seen : undefined;
    this.#parts = [];
    this.#kept = this.#seen = 0;
    let end = bytes.length;
    // rsyslog counts a line end of its template into the octets.
    while (end > 0 && isLineEnd(bytes[end - 1] as number)) end--;
    if (end === 0) return undefined;
    const message = end === bytes.length ? bytes : bytes.subarray(0, end);
    return cutFrom === undefined ? { bytes: message } : { bytes: message, cutFrom };
  }

  /** Copies pieces that still belong to a chunk, so that a short rest does not keep a large chunk alive. */
  own(): void {
    if (this.#parts.length > 0) this.#parts = [Buffer.concat(this.#parts, this.#kept)];
  }
}

/** A line and the byte of the stream where it begins. */
export interface FramedLine extends FramedMessage {
  readonly offset: number;
}

/** Lines ended by LF or CR LF. Empty lines are skipped. */
export class LineFramer implements Framer {
  readonly #gathering: Gathering;
  #offset: number;

  /** `limit`: most bytes of a line that are kept. `offset`: where in the stream the first chunk begins. */
  constructor(limit: number, offset = 0) {
    this.#gathering = new Gathering(limit);
    this.#offset = offset;
  }

  /** Bytes of the unfinished line at the end of what was pushed. */
  get pendingBytes(): number {
    return this.#gathering.seen;
  }

  push(chunk: Buffer): FramedLine[] {
    const lines: FramedLine[] = [];
    let at = 0;
    while (at < chunk.length) {
      const end = chunk.indexOf(LF, at);
      this.#gathering.add(chunk.subarray(at, end < 0 ? chunk.length : end));
      if (end < 0) break;
      const line = this.#take(1);
      if (line) lines.push(line);
      at = end + 1;
    }
    return lines;
  }

  end(): FramedLine | undefined {
    return this.#take(0);
  }

  #take(endBytes: number): FramedLine | undefined {
    const offset = this.#offset;
    this.#offset += this.#gathering.seen + endBytes;
    const message = this.#gathering.take();
    return message && { ...message, offset };
  }
}

type State = 'start' | 'count' | 'line' | 'octets';

/**
 * Syslog over TCP (RFC 6587): octet counting (`LEN SP MSG`) and LF framing, told apart at every message.
 * Digits that turn out not to be a length become the beginning of a line.
 */
export class SyslogFramer implements Framer {
  readonly #gathering: Gathering;
  #state: State = 'start';
  #digits = '';
  #left = 0;

  /** `limit`: most bytes of a message that are kept; the rest of a longer one is passed over and counted. */
  constructor(limit: number) {
    this.#gathering = new Gathering(limit);
  }

  push(chunk: Buffer): FramedMessage[] {
    const messages: FramedMessage[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'start') at = this.#start(chunk, at);
      else if (this.#state === 'count') at = this.#count(chunk, at);
      else if (this.#state === 'line') at = this.#line(chunk, at, messages);
      else at = this.#octets(chunk, at, messages);
    }
    this.#gathering.own();
    return messages;
  }

  end(): FramedMessage | undefined {
    if (this.#state === 'count') this.#gathering.add(Buffer.from(this.#digits, 'latin1'));
    const message = this.#gathering.take();
    this.#state = 'start';
    this.#digits = '';
    return message;
  }

  #start(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    // Some senders close octet-counted messages with a line end of their own.
    if (isLineEnd(byte)) return at + 1;
    this.#state = byte > DIGIT_0 && byte <= DIGIT_9 ? 'count' : 'line';
    return at;
  }

  #count(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    if (byte >= DIGIT_0 && byte <= DIGIT_9 && this.#digits.length < 9) {
      this.#digits += String.fromCharCode(byte);
      return at + 1;
    }
    if (byte === SPACE) {
      this.#left = Number(this.#digits);
      this.#digits = '';
      this.#state = 'octets';
      return at + 1;
    }
    this.#gathering.add(Buffer.from(this.#digits, 'latin1'));
    this.#digits = '';
    this.#state = 'line';
    return at;
  }

  #line(chunk: Buffer, at: number, messages: FramedMessage[]): number {
    const end = chunk.indexOf(LF, at);
    this.#gathering.add(chunk.subarray(at, end < 0 ? chunk.length : end));
    if (end < 0) return chunk.length;
    this.#finish(messages);
    return end + 1;
  }

  #octets(chunk: Buffer, at: number, messages: FramedMessage[]): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#gathering.add(chunk.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#finish(messages);
    return end;
  }

  #finish(messages: FramedMessage[]): void {
    const message = this.#gathering.take();
    if (message) messages.push(message);
    this.#state = 'start';
  }
}
