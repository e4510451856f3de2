/**
 * Writes frames into day files: a file of lines, then one `INSERT … SELECT` with the frame marks in one transaction.
 * The commit syncs the day's log; the file of lines needs no sync of its own, because the journal still holds
 * what a crash leaves out.
 */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { utcDay, type Frame } from '#kernel/event.js';
import type { StagedFrame } from '#kernel/ports/event-store.js';
import { storeFault } from './disk-faults.js';
import type { DayFiles, DayState } from './day-files.js';
import { frameRows, insertDaySql } from './day-table.js';
import type { DuckEngine } from './duck-engine.js';
import { quotedSql } from './sql.js';

/** Most events of one transaction, a longer frame aside. */
const BATCH = 10_000;

/** A frame as lines for the day's table. */
export interface FrameLines extends StagedFrame {
  readonly day: string;
  readonly lines: Buffer;
  /** Bytes that no line is longer than. */
  readonly longest: number;
  /** Rows that only the predicate can judge. */
  readonly odd: number;
  /** Infinity and -Infinity of a frame without events. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
}

export function stageFrame(frame: Frame): FrameLines {
  const { journal, number, firstSeq, events } = frame;
  const rowOf = frameRows(journal, number);
  let text = '';
  let longest = 0;
  let odd = 0;
  let minTimeMs = Infinity;
  let maxTimeMs = -Infinity;
  for (const event of events) {
    const row = rowOf(event);
    text += `${row.line}\n`;
    // A character takes at most three bytes for each of its UTF-16 units.
    if (row.line.length * 3 > longest) longest = row.line.length * 3;
    if (row.odd) odd++;
    if (event.timeMs < minTimeMs) minTimeMs = event.timeMs;
    if (event.timeMs > maxTimeMs) maxTimeMs = event.timeMs;
  }
  const day = utcDay(frame.ingestedMs);
  const lines = Buffer.from(text, 'utf8');
  const bytes = lines.length;
  return {
    journal,
    number,
    firstSeq,
    events: events.length,
    bytes,
    day,
    lines,
    longest,
    odd,
    minTimeMs,
    maxTimeMs,
  };
}

/** Keeps frames in order; of a failing call a prefix of its batches is kept. */
export async function appendStaged(
  folder: string,
  engine: DuckEngine,
  days: DayFiles,
  frames: readonly FrameLines[],
): Promise<void> {
  for (const { day, batch } of batches(frames))
    await days.useForWriting(day, (state) => appendBatch(folder, engine, state, batch));
}

function batches(frames: readonly FrameLines[]): { day: string; batch: FrameLines[] }[] {
  const rows: { day: string; batch: FrameLines[]; events: number }[] = [];
  for (const frame of frames) {
    const row = rows.at(-1);
    if (row && row.day === frame.day && row.events + frame.events <= BATCH) {
      row.batch.push(frame);
      row.events += frame.events;
    } else rows.push({ day: frame.day, batch: [frame], events: frame.events });
  }
  return rows;
}

async function appendBatch(
  folder: string,
  engine: DuckEngine,
  state: DayState,
  batch: readonly FrameLines[],
): Promise<void> {
  const marks = new Map<string, number>();
  const parts: Buffer[] = [];
  let events = 0;
  let longest = 0;
  let { minTimeMs, maxTimeMs, odd } = state;
  for (const frame of batch) {
    if (frame.number <= (marks.get(frame.journal) ?? state.marks.get(frame.journal) ?? 0)) continue;
    marks.set(frame.journal, frame.number);
    if (frame.events === 0) continue;
    parts.push(frame.lines);
    events += frame.events;
    odd += frame.odd;
    longest = Math.max(longest, frame.longest);
    minTimeMs = Math.min(minTimeMs, frame.minTimeMs);
    maxTimeMs = Math.max(maxTimeMs, frame.maxTimeMs);
  }
  if (marks.size === 0) return;
  // Widened before the rows can be seen: a reader in between must not take the day for simpler than it is.
  const before = { minTimeMs: state.minTimeMs, maxTimeMs: state.maxTimeMs, odd: state.odd };
  Object.assign(state, { minTimeMs, maxTimeMs, odd });
  const file = join(folder, `${state.day}.ndjson`);
  const statements = events > 0 ? [insertDaySql(state.name, file, longest)] : [];
  for (const [journal, frame] of marks)
    statements.push(`INSERT OR REPLACE INTO ${state.name}.marks VALUES (${quotedSql(journal)}, ${frame})`);
  try {
    if (events > 0) await writeParts(file, parts);
    await engine.write(async (run) => {
      try {
        // One call for all of it: while the loop is busy, every answer waits its turn.
        await run(`BEGIN; ${statements.join('; ')}; COMMIT`);
      } catch (error) {
        // After a failed COMMIT there is no transaction left to roll back; the first error is the one that counts.
        await run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  } catch (error) {
    Object.assign(state, before);
    throw storeFault(error);
  } finally {
    await rm(file, { force: true });
  }
  state.events += events;
  for (const [journal, frame] of marks) state.marks.set(journal, frame);
}

/** In one call, if the disk takes it at once. */
async function writeParts(path: string, parts: readonly Buffer[]): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    let left = parts;
    while (left.length > 0) {
      let { bytesWritten: passed } = await file.writev(left);
      const at = left.findIndex((part) => part.length > passed || ((passed -= part.length), false));
      left = at < 0 ? [] : [(left[at] as Buffer).subarray(passed), ...left.slice(at + 1)];
    }
  } finally {
    await file.close();
  }
}
