/**
 * Replays a recording into the journal: NDJSON, plain or gzip, with the pace and the clock shifted.
 * A line is `{at, raw, format}` (a raw line and when it was received) or any JSON record of its own.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Clock } from '#kernel/clock.js';
import { iso } from '#kernel/clock.js';
import { fault, type Fault } from '#kernel/errors.js';
import { SAMPLE_PATH, type NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { LineFramer, type FramedMessage } from '../decoders/framer.js';
import { decodeJsonLine } from '../decoders/json-line.js';
import { parseIso } from '../decoders/timestamp.js';
import { normalize } from '../normalizers/normalize.js';
import { recordFormat } from '../normalizers/record.js';
import { deliver } from './delivery.js';
import type { SourceObserver } from './observer.js';
import { pause } from './pause.js';
import { contextOf, systemClock, type Placement } from './placement.js';
import { textRecord } from './text-record.js';

export interface ReplayProgress {
  readonly done: number;
  readonly total: number;
}

export interface ReplayOptions {
  /** Path of a file, NDJSON or its gzip. */
  readonly path: string;
  readonly placement: Placement;
  /** Marks every event as played from this recording (`fenghuo.sample`). */
  readonly sample?: string;
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly clock?: Clock;
  /** Recorded seconds a second; 1 is as it was. Absent: as fast as the journal takes them. */
  readonly speed?: number;
  /** `now`: the recording ends now (with a speed: when the replay ends), its intervals kept. Absent: its own times. */
  readonly shift?: 'now';
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Waits; for tests. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface ReplayOutcome {
  readonly events: number;
  readonly cancelled: boolean;
}

const LINE_BYTES = 10_000_000;
const BATCH_EVENTS = 500;

/** The file is read twice: once for its length and times, once to replay it. Faults: `source_unreadable`. */
export async function replayRecording(options: ReplayOptions): Promise<Result<ReplayOutcome>> {
  const clock = options.clock ?? systemClock;
  const wait = options.wait ?? pause;
  try {
    const scope = await survey(options, clock);
    const startMs = clock.nowMs();
    const shiftMs = options.shift === 'now' ? shiftOf(scope, startMs, options.speed) : 0;
    let done = 0;
    let batch: NewEvent[] = [];
    let bytes = 0;
    const send = async (): Promise<boolean> => {
      const { intake, observer, signal } = options;
      if (batch.length === 0) return true;
      if (!(await deliver(batch, bytes, { intake, observer, clock, ...(signal && { signal }) })))
        return false;
      done += batch.length;
      batch = [];
      bytes = 0;
      options.onProgress?.({ done, total: scope.total });
      return true;
    };
    for await (const line of linesOf(options.path)) {
      if (options.signal?.aborted) break;
      const event = marked(eventOf(line, options.placement, clock), options.sample);
      const due = options.speed === undefined ? 0 : startMs + (event.timeMs - scope.firstMs) / options.speed;
      if (due > clock.nowMs()) {
        if (!(await send())) break;
        await wait(due - clock.nowMs(), options.signal);
      }
      batch.push(shiftMs === 0 ? event : shifted(event, shiftMs));
      bytes += line.bytes.length;
      if (batch.length >= BATCH_EVENTS && !(await send())) break;
    }
    if (!options.signal?.aborted) await send();
    return ok({ events: done, cancelled: options.signal?.aborted === true });
  } catch (error) {
    return fail(readFault(options.path, error));
  }
}

interface Survey {
  readonly total: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

async function survey(options: ReplayOptions, clock: Clock): Promise<Survey> {
  let total = 0;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for await (const line of linesOf(options.path)) {
    const { timeMs } = eventOf(line, options.placement, clock);
    total++;
    firstMs = Math.min(firstMs, timeMs);
    lastMs = Math.max(lastMs, timeMs);
  }
  return total === 0 ? { total, firstMs: 0, lastMs: 0 } : { total, firstMs, lastMs };
}

/** Nothing may lie in the future when it is handed over: a slower pace starts now, a faster one ends when it ends. */
function shiftOf(scope: Survey, startMs: number, speed: number | undefined): number {
  if (speed !== undefined && speed < 1) return startMs - scope.firstMs;
  const lasts = speed === undefined ? 0 : (scope.lastMs - scope.firstMs) / speed;
  return Math.trunc(startMs + lasts - scope.lastMs);
}

function marked(event: NewEvent, sample: string | undefined): NewEvent {
  return sample === undefined ? event : { ...event, fields: { ...event.fields, [SAMPLE_PATH]: sample } };
}

/** Clocks in `event.created` move along; the original text stays what it was. */
function shifted(event: NewEvent, shiftMs: number): NewEvent {
  const created = event.fields['event.created'];
  const createdMs = typeof created === 'string' ? parseIso(created) : undefined;
  return {
    ...event,
    timeMs: event.timeMs + shiftMs,
    ...(createdMs !== undefined && {
      fields: { ...event.fields, 'event.created': iso(createdMs + shiftMs) },
    }),
  };
}

/** The event of one line of a recording. */
export function eventOf(line: FramedMessage, placement: Placement, clock: Clock): NewEvent {
  const record = textRecord(line);
  const context = contextOf(placement, clock);
  const decoded = line.cutFrom === undefined ? decodeJsonLine(record.text ?? '') : undefined;
  if (!decoded?.ok) return normalize(record, context);
  const { at, raw, format } = decoded.value;
  if (typeof raw !== 'string') return normalize({ ...record, value: decoded.value }, context);
  const receivedMs = (typeof at === 'string' ? parseIso(at) : undefined) ?? context.receivedMs;
  const hint = typeof format === 'string' ? recordFormat(format) : (placement.format ?? 'auto');
  return normalize({ text: raw }, { ...context, receivedMs, format: hint });
}

/** Number of events of a recording and its size; for lists. */
export async function describeRecording(path: string): Promise<{ events: number; bytes: number }> {
  let events = 0;
  let bytes = 0;
  for await (const line of linesOf(path)) {
    events++;
    bytes += line.bytes.length;
  }
  return { events, bytes };
}

async function* linesOf(path: string): AsyncGenerator<FramedMessage> {
  const handle = await open(path, 'r');
  const magic = Buffer.alloc(2);
  await handle.read(magic, 0, 2, 0);
  await handle.close();
  const file = createReadStream(path);
  let stream: Readable = file;
  if (magic[0] === 0x1f && magic[1] === 0x8b) {
    const inflated = createGunzip();
    file.on('error', (error) => inflated.destroy(error));
    stream = file.pipe(inflated);
  }
  const framer = new LineFramer(LINE_BYTES);
  try {
    for await (const chunk of stream) yield* framer.push(chunk as Buffer);
  } finally {
    file.destroy();
  }
  const last = framer.end();
  if (last) yield last;
}

function readFault(path: string, error: unknown): Fault {
  const reason =
    (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
  return fault('source_unreadable', {
    path,
    reason,
    how: 'choose a recording that is NDJSON, plain or gzip',
  });
}
