/** The events of a case: one, or a row of them in time, as a correlation needs. Pure. */
import type { Event } from '#kernel/event.js';
import type { Case, Log } from './case-file.js';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The first event of a row keeps its time, and the others follow it. */
export function eventsOf(one: Case, eventOf: (log: Log) => Event): readonly Event[] {
  if (one.sequence === undefined) return [eventOf(one)];
  const events: Event[] = [];
  let timeMs: number | undefined;
  for (const { times = 1, after = '1s', ...log } of one.sequence)
    for (let number = 1; number <= times; number++) {
      const event = eventOf(numbered(log, number));
      timeMs = timeMs === undefined ? event.timeMs : timeMs + msOf(after);
      const seq = events.length + 1;
      events.push({ ...event, id: `evt_case_${seq}`, seq, timeMs, ingestedMs: timeMs });
    }
  return events;
}

function msOf(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0);
}

function numbered(log: Log, number: number): Log {
  return JSON.parse(JSON.stringify(log).replaceAll('{n}', String(number))) as Log;
}
