/** Counting the values of a path: grouped by the engine where a typed column holds them, else read from the JSON. */
import { countTerms, topTerms } from '../event-request.js';
import type { DayState } from './day-files.js';
import { PART, typedColumns } from './day-table.js';
import type { Reader } from './duck-engine.js';
import { planDay, scan, scanOpen, type Plan } from './event-scan.js';
import { every, sql, type Sql } from './sql.js';

export interface TermCount {
  readonly counts: Map<string, number>;
  top(size: number): readonly { value: string; count: number }[];
}

export function openTermCount(): TermCount {
  const counts = new Map<string, number>();
  return { counts, top: (size) => topTerms(counts, size) };
}

/** Adds one day. Bags and odd rows are counted by hand: a bag counts for each of its distinct values. */
export async function countDayTerms(
  reader: Reader,
  plan: Plan,
  state: DayState,
  path: string,
  counter: TermCount,
): Promise<void> {
  const { counts } = counter;
  const day = planDay(plan, state);
  const raw = typedColumns(path)?.raw;
  let byHand: Sql;
  if (raw) {
    const single = every(day.sure, sql(`${raw} IS NOT NULL AND NOT starts_with(${raw}, '${PART}')`));
    const query = sql(
      `SELECT ${raw}, count(*) FROM ${state.name}.events WHERE ${single.text} GROUP BY 1`,
      ...single.values,
    );
    for await (const rows of reader.stream(query))
      for (const [value, counted] of rows)
        counts.set(value as string, (counts.get(value as string) ?? 0) + Number(counted));
    byHand = every(day.sure, sql(`${raw} IS NOT NULL AND starts_with(${raw}, '${PART}')`));
  } else byHand = every(day.sure, sql('contains(fields, ?)', `${JSON.stringify(path)}:`));
  for await (const event of scan(reader, state, byHand)) countTerms(counts, event, path);
  for await (const event of scanOpen(reader, plan, day, state)) countTerms(counts, event, path);
}
