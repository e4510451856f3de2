/** The recordings that come with the product: their index, and where each file lies. */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describeRecording } from './recording.js';

export interface Recording {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** By language: `zh-CN`, `en`. */
  readonly titles: Readonly<Record<string, string>>;
  readonly descriptions: Readonly<Record<string, string>>;
  readonly format: string;
  /** Absolute. */
  readonly path: string;
  readonly events: number;
  /** Of the file as it lies there, compressed. */
  readonly bytes: number;
}

type Entry = Omit<Recording, 'path' | 'events' | 'bytes'> & { readonly file: string };

/** All recordings of a folder with an `index.json`. */
export async function listRecordings(folder: string): Promise<readonly Recording[]> {
  const entries = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as readonly Entry[];
  return Promise.all(
    entries.map(async ({ file, ...entry }) => {
      const path = resolve(folder, file);
      const [{ events }, { size }] = await Promise.all([describeRecording(path), stat(path)]);
      return { ...entry, path, events, bytes: size };
    }),
  );
}
