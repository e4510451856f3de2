/** How a frame lies on disk: a header of 48 bytes, then one line of JSON for each event. */
import { crc32 } from 'node:zlib';
import type { Event, Frame, NewEvent } from '#kernel/event.js';
import { placedEventId } from './identity.js';

/** Little-endian, by byte offset. Raise the version with any change; an older version must stay readable. */
//  0 magic 'FHJF'    4 format version u16   6 header length u16   8 frame number f64
// 16 ingestedMs f64  24 first sequence f64  32 events u32         36 payload bytes u32
// 40 CRC-32 of the payload u32              44 CRC-32 of bytes 0–43 u32
export const HEADER_BYTES = 48;
export const FORMAT_VERSION = 1;
export const MAGIC = Buffer.from('FHJF', 'latin1');

export interface FrameHeader {
  readonly number: number;
  readonly ingestedMs: number;
  readonly firstSeq: number;
  readonly events: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
}

export function encodeHeader(
  frame: Omit<FrameHeader, 'payloadBytes' | 'payloadCrc'>,
  payload: Buffer,
): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt16LE(FORMAT_VERSION, 4);
  header.writeUInt16LE(HEADER_BYTES, 6);
  header.writeDoubleLE(frame.number, 8);
  header.writeDoubleLE(frame.ingestedMs, 16);
  header.writeDoubleLE(frame.firstSeq, 24);
  header.writeUInt32LE(frame.events, 32);
  header.writeUInt32LE(payload.length, 36);
  header.writeUInt32LE(crc32(payload), 40);
  header.writeUInt32LE(crc32(header.subarray(0, 44)), 44);
  return header;
}

/** Undefined where these bytes are no whole header. */
export function decodeHeader(bytes: Buffer, offset: number): FrameHeader | undefined {
  if (offset + HEADER_BYTES > bytes.length) return undefined;
  if (bytes.compare(MAGIC, 0, 4, offset, offset + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(offset, offset + 44)) !== bytes.readUInt32LE(offset + 44)) return undefined;
  if (bytes.readUInt16LE(offset + 4) !== FORMAT_VERSION) return undefined;
  return {
    number: bytes.readDoubleLE(offset + 8),
    ingestedMs: bytes.readDoubleLE(offset + 16),
    firstSeq: bytes.readDoubleLE(offset + 24),
    events: bytes.readUInt32LE(offset + 32),
    payloadBytes: bytes.readUInt32LE(offset + 36),
    payloadCrc: bytes.readUInt32LE(offset + 40),
  };
}

export function isWhole(header: FrameHeader, payload: Buffer): boolean {
  return payload.length === header.payloadBytes && crc32(payload) === header.payloadCrc;
}

/** Keys are short: they stand in every line. `i` comes first, so that recovery finds it without parsing. */
interface Line {
  /** Identifier without its prefix; absent where it follows from the sequence. */
  i?: string;
  t: number;
  u: string;
  r: string;
  c: 1 | 2 | 3;
  s: string;
  f: Event['fields'];
}

/** What stands before the fields, but for identifier and time, of the events before: mostly the same for a whole append. */
let place: { unit: string; realm: string; classification: number; source: string; text: string } | undefined;

/** A line without its end. `base32` is the identifier of an event whose sender gave one. */
export function encodeEvent(event: NewEvent, base32: string | undefined): string {
  const { unit, realm, classification, source } = event;
  if (
    place?.unit !== unit ||
    place.realm !== realm ||
    place.classification !== classification ||
    place.source !== source
  ) {
    const line: Omit<Line, 'i' | 't' | 'f'> = { u: unit, r: realm, c: classification, s: source };
    place = { unit, realm, classification, source, text: JSON.stringify(line).slice(1, -1) };
  }
  // The parts joined: one object of all of it costs as much again as its fields.
  const time = Number.isFinite(event.timeMs) ? event.timeMs : null;
  const id = base32 === undefined ? '' : `"i":"${base32}",`;
  return `{${id}"t":${time},${place.text},"f":${JSON.stringify(event.fields)}}`;
}

/** Throws where the payload is not one of ours; its CRC should have been checked before. */
export function decodeFrame(journal: string, header: FrameHeader, payload: Buffer): Frame {
  const events: Event[] = [];
  for (const text of payload.toString('utf8').split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line;
    const seq = header.firstSeq + events.length;
    events.push({
      id: line.i === undefined ? placedEventId(journal, seq) : `evt_${line.i}`,
      seq,
      timeMs: line.t,
      ingestedMs: header.ingestedMs,
      unit: line.u,
      realm: line.r,
      classification: line.c,
      source: line.s,
      fields: line.f,
    });
  }
  return {
    journal,
    number: header.number,
    ingestedMs: header.ingestedMs,
    firstSeq: header.firstSeq,
    events,
  };
}

const NEWLINE = 0x0a;
const ID_START = Buffer.from('{"i":"', 'latin1');
const ID_LENGTH = 26;

/** The identifiers that senders gave, as they stand in a payload. */
export function* sendersIn(payload: Buffer): Generator<string> {
  for (let at = 0; at < payload.length;) {
    const start = at + ID_START.length;
    if (payload.compare(ID_START, 0, ID_START.length, at, start) === 0)
      yield payload.toString('latin1', start, start + ID_LENGTH);
    const end = payload.indexOf(NEWLINE, at);
    if (end < 0) return;
    at = end + 1;
  }
}
