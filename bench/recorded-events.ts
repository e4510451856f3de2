/**
 * Recorded Windows events of the test data as NDJSON. Each line names its log source (`product`, `service`, `category`), as
 * rsigma wants to be told it: then it judges rules by their log source, as we do by the channel and the event id.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { filesOf } from '../cli/files.js';
import { readLogs } from '../cli/records.js';
import { WINDOWS_CATEGORIES, WINDOWS_SERVICES } from '#detections/sigma/windows-channels.js';
import { testData } from '#test/data.js';

/** The archives of hosts; one of them breaks off. */
export const archives = testData('otrf', 'atomic', 'windows');

type Value = Readonly<Record<string, unknown>>;

interface Written {
  readonly events: number;
  readonly starts: number;
}

/**
 * Writes at most `limit` events to `path`, and those that start a process to `starts`, each `times` times. With `numbered`,
 * a line begins with its number in `path`, from 0.
 */
export async function writeEvents(
  path: string,
  {
    limit,
    starts,
    times = 1,
    numbered,
  }: { limit: number; starts?: string; times?: number; numbered?: string },
): Promise<Written> {
  const out = createWriteStream(path);
  const other = starts === undefined ? undefined : createWriteStream(starts);
  const written = { events: 0, starts: 0 };
  for await (const value of recorded()) {
    if (written.events >= limit && !other) break;
    const marks = { ...(numbered !== undefined && { [numbered]: written.events }), ...sourceOf(value) };
    const line = `${JSON.stringify({ ...marks, ...value })}\n`;
    if (written.events < limit) {
      written.events += 1;
      if (!out.write(line)) await once(out, 'drain');
    }
    if (!other || !isStart(value)) continue;
    written.starts += times;
    if (!other.write(line.repeat(times))) await once(other, 'drain');
  }
  for (const stream of [out, other]) if (stream) await new Promise((done) => stream.end(done));
  return written;
}

async function* recorded(): AsyncGenerator<Value> {
  for (const file of await filesOf([archives.path], () => undefined)) {
    if (!file.includes('/host/')) continue;
    try {
      for await (const log of readLogs(file, () => undefined))
        for await (const batch of log.batches)
          for (const record of batch) if (record.kind === 'json') yield record.value as Value;
    } catch (error) {
      console.log(`passed over ${file.slice(archives.path.length + 1)}: ${String(error)}`);
    }
  }
}

function isStart({ EventID, Channel }: Value): boolean {
  return Number(EventID) === 4688 || (Number(EventID) === 1 && String(Channel).includes('Sysmon'));
}

const services = new Map(
  Object.entries(WINDOWS_SERVICES).flatMap(([service, channels]) =>
    channels.map((channel) => [channel.toLowerCase(), service] as const),
  ),
);
const categories = new Map<string, string[]>();
for (const [category, entries] of Object.entries(WINDOWS_CATEGORIES))
  for (const { channels, codes } of entries)
    for (const channel of channels)
      for (const code of codes.length > 0 ? codes : ['']) {
        const key = `${channel.toLowerCase()} ${code}`;
        categories.set(key, [...(categories.get(key) ?? []), category]);
      }

/** An event of two categories (a registry value that is set is `registry_set` and `registry_event`) names none. */
function sourceOf({ Channel, EventID }: Value): object {
  const channel = String(Channel).toLowerCase();
  const service = services.get(channel);
  const of = categories.get(`${channel} ${String(EventID)}`) ?? categories.get(`${channel} `) ?? [];
  return { product: 'windows', ...(service && { service }), ...(of.length === 1 && { category: of[0] }) };
}
