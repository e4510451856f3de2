/** The recordings that come with the product: their index, and where each file lies. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { describeRecording } from './recording.js';

const Texts = Type.Record(Type.String(), Type.String());
const Index = Type.Array(
  Type.Object({
    id: Type.String(),
    file: Type.String({ pattern: '^[\\w.-]+$' }),
    format: Type.Optional(Type.String()),
    title: Type.String(),
    titles: Type.Optional(Texts),
    description: Type.String(),
    descriptions: Type.Optional(Texts),
  }),
);

export interface Recording {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** By language: `zh-CN`, `en`. */
  readonly titles: Record<string, string>;
  readonly descriptions: Record<string, string>;
  /** Absolute where the folder is. */
  readonly path: string;
  readonly events: number;
  /** Of the file as it lies there, compressed. */
  readonly bytes: number;
}

/**
 * All recordings of a folder with an `index.json`; none where there is no index. An entry whose file is absent or empty
 * is left out. Throws where the index is no list of recordings.
 */
export async function listRecordings(folder: string): Promise<readonly Recording[]> {
  const index = join(folder, 'index.json');
  if (!existsSync(index)) return [];
  const told: unknown = JSON.parse(await readFile(index, 'utf8'));
  if (!Value.Check(Index, told)) throw new Error(`\`${index}\` is not a list of recordings`);
  const recordings: Recording[] = [];
  for (const { id, file, title, titles = {}, description, descriptions = {} } of told) {
    const path = join(folder, file);
    const bytes = existsSync(path) ? (await stat(path)).size : 0;
    if (bytes === 0) continue;
    const { events } = await describeRecording(path);
    recordings.push({ id, path, title, titles, description, descriptions, events, bytes });
  }
  return recordings;
}
