/** What is found when a journal is opened: its segments, its end, and the tail that has to be set aside. */
import { open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendersIn } from './format.js';
import { syncFolder } from './files.js';
import { keyOfBase32 } from './identity.js';
import { parseSegmentName, Segment, SegmentReader } from './segment.js';

/** A tail that was cut. */
export interface Recovered {
  /** Where the bytes were set aside; the segment itself where there was no room to. */
  readonly file: string;
  /** Byte of the segment from which on there was no whole frame. */
  readonly offset: number;
  readonly bytes: number;
  /** Frame that may have been accepted and could not be kept; absent where the write had not been finished. */
  readonly lostFrame?: number;
  readonly lostEvents?: number;
}

export interface JournalEnd {
  /** Last whole frame and its last sequence; 0 when empty. */
  readonly frame: number;
  readonly seq: number;
  /** What the next frame gets: behind a damaged frame that may have been accepted, its number is not used again. */
  readonly nextFrame: number;
  readonly nextSeq: number;
  readonly recovered?: Recovered;
}

/** The segments of a folder, oldest first. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).sort();
  const segments: Segment[] = [];
  let startBytes = 0;
  for (const name of names) {
    const first = parseSegmentName(name);
    if (!first) continue;
    const path = join(folder, name);
    const bytes = (await stat(path)).size;
    segments.push(new Segment(path, first.firstFrame, first.firstSeq, startBytes, bytes));
    startBytes += bytes;
  }
  return segments;
}

/** Hands out the senders' keys of a segment in order. Damage is passed over here: it is told to whoever reads the frame. */
export async function collectSenders(segment: Segment, take: (key: Buffer) => void): Promise<void> {
  const reader = await SegmentReader.open(segment);
  try {
    for (let found = await reader.next(); found !== undefined; found = await reader.next())
      if (found.kind === 'frame') takeSenders(found.payload, take);
  } finally {
    await reader.close();
  }
}

/** Reads the last segment to its end and cuts what is no whole frame. */
export async function recoverEnd(segment: Segment, take: (key: Buffer) => void): Promise<JournalEnd> {
  let frame = segment.firstFrame - 1;
  let seq = segment.firstSeq - 1;
  let nextFrame = segment.firstFrame;
  let nextSeq = segment.firstSeq;
  let recovered: Recovered | undefined;
  const reader = await SegmentReader.open(segment);
  try {
    for (let found = await reader.next(); found !== undefined; found = await reader.next()) {
      if (found.kind === 'frame') {
        frame = found.header.number;
        seq = found.header.firstSeq + found.header.events - 1;
        nextFrame = frame + 1;
        nextSeq = seq + 1;
        takeSenders(found.payload, take);
      } else if (found.last) {
        const header = found.header;
        if (header !== undefined && header.number >= nextFrame) {
          nextFrame = header.number + 1;
          nextSeq = Math.max(nextSeq, header.firstSeq + header.events);
        }
        recovered = {
          file: await setAside(segment, found.offset),
          offset: found.offset,
          bytes: found.bytes,
          ...(header && { lostFrame: header.number, lostEvents: header.events }),
        };
      }
    }
  } finally {
    await reader.close();
  }
  if (recovered) {
    await truncate(segment.path, recovered.offset);
    segment.bytes = recovered.offset;
  }
  return { frame, seq, nextFrame, nextSeq, ...(recovered && { recovered }) };
}

function takeSenders(payload: Buffer, take: (key: Buffer) => void): void {
  for (const base32 of sendersIn(payload)) {
    const key = keyOfBase32(base32);
    if (key) take(key);
  }
}

/** Copies the tail beside the segment. With a full disk the journal must start all the same: then it is cut without a copy. */
async function setAside(segment: Segment, offset: number): Promise<string> {
  const path = `${segment.path}.${offset}.damaged`;
  const file = await open(segment.path, 'r');
  try {
    const tail = Buffer.alloc(segment.bytes - offset);
    await file.read(tail, 0, tail.length, offset);
    await writeFile(path, tail, { mode: 0o600, flush: true });
    await syncFolder(join(path, '..'));
    return path;
  } catch {
    return segment.path;
  } finally {
    await file.close();
  }
}
