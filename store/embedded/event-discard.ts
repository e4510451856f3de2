/** Taking the events of one source out of a day file. */
import type { DayFiles } from './day-files.js';
import type { DuckEngine } from './duck-engine.js';
import { sql } from './sql.js';

/** Deletes the source's events of one day and returns how many there were. A day without any is not opened for writing. */
export async function discardFromDay(
  engine: DuckEngine,
  days: DayFiles,
  day: string,
  source: string,
): Promise<number> {
  const found = await days.use(day, async ({ name }) => {
    const counted = sql(
      `SELECT count(*), count(*) FILTER (WHERE odd) FROM ${name}.events WHERE source = ?`,
      source,
    );
    const [row] = await engine.read(undefined, (reader) => reader.all(counted));
    return { events: Number(row?.[0] ?? 0), odd: Number(row?.[1] ?? 0) };
  });
  if (!found || found.events === 0) return 0;
  await days.useForWriting(day, async (state) => {
    await engine.write((run) => run(sql(`DELETE FROM ${state.name}.events WHERE source = ?`, source)));
    // The bounds of time stay as wide as they were: readers only look where there may be something.
    state.events -= found.events;
    state.odd -= found.odd;
  });
  return found.events;
}
