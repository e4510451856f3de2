/**
 * Writes frames into day files: a file of lines, then one `INSERT … SELECT` with the frame marks in one transaction.
 * The commit syncs the day's log; the file of lines needs no sync of its own, because the journal still holds
 * what a crash leaves out.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utcDay, type Frame } from '#kernel/event.js';
import { storeFault } from './disk-faults.js';
import type { DayFiles, DayState } from './day-files.js';
import { frameRows, insertDaySql } from './day-table.js';
import type { DuckEngine } from './duck-engine.js';
import { sql } from './sql.js';

/** Most events of one transaction, a longer frame aside. */
const BATCH = 10_000;

/** Keeps frames in order; of a failing call a prefix of its batches is kept. */
export async function appendFrames(
  folder: string,
  engine: DuckEngine,
  days: DayFiles,
  frames: readonly Frame[],
): Promise<void> {
  for (const { day, batch } of batches(frames))
    await days.useForWriting(day, (state) => appendBatch(folder, engine, state, batch));
}

function batches(frames: readonly Frame[]): { day: string; batch: Frame[] }[] {
  const rows: { day: string; batch: Frame[]; events: number }[] = [];
  for (const frame of frames) {
    const day = utcDay(frame.ingestedMs);
    const row = rows.at(-1);
    if (row && row.day === day && row.events + frame.events.length <= BATCH) {
      row.batch.push(frame);
      row.events += frame.events.length;
    } else rows.push({ day, batch: [frame], events: frame.events.length });
  }
  return rows;
}

async function appendBatch(
  folder: string,
  engine: DuckEngine,
  state: DayState,
  batch: readonly Frame[],
): Promise<void> {
  const marks = new Map<string, number>();
  const lines: string[] = [];
  let longest = 0;
  let odd = 0;
  let { minTimeMs, maxTimeMs } = state;
  for (const frame of batch) {
    if (frame.number <= (marks.get(frame.journal) ?? state.marks.get(frame.journal) ?? 0)) continue;
    marks.set(frame.journal, frame.number);
    const rowOf = frameRows(frame.journal, frame.number);
    for (const event of frame.events) {
      const row = rowOf(event);
      lines.push(row.line);
      // A character takes at most three bytes for each of its UTF-16 units.
      if (row.line.length * 3 > longest) longest = row.line.length * 3;
      if (row.odd) odd++;
      if (event.timeMs < minTimeMs) minTimeMs = event.timeMs;
      if (event.timeMs > maxTimeMs) maxTimeMs = event.timeMs;
    }
  }
  if (marks.size === 0) return;
  // Widened before the rows can be seen: a reader in between must not take the day for simpler than it is.
  const before = { minTimeMs: state.minTimeMs, maxTimeMs: state.maxTimeMs, odd: state.odd };
  Object.assign(state, { minTimeMs, maxTimeMs, odd: state.odd + odd });
  const file = join(folder, `${state.day}.ndjson`);
  try {
    if (lines.length > 0) await writeFile(file, `${lines.join('\n')}\n`);
    await engine.write(async (run) => {
      await run('BEGIN');
      try {
        if (lines.length > 0) await run({ text: insertDaySql(state.name, longest), values: [file] });
        for (const [journal, frame] of marks)
          await run(sql(`INSERT OR REPLACE INTO ${state.name}.marks VALUES (?, ?)`, journal, BigInt(frame)));
        await run('COMMIT');
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
  state.events += lines.length;
  for (const [journal, frame] of marks) state.marks.set(journal, frame);
}
