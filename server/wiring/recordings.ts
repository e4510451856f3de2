/** The recordings that come along (`collector/recordings/index.json`), and their replay as jobs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Type from 'typebox';
import Value from 'typebox/value';
import { FaultError } from '#kernel/errors.js';
import type { Journal } from '#kernel/ports/journal.js';
import { LIVE } from '#kernel/scope.js';
import { replayRecording } from '#collector/sources/recording.js';
import type { Ground } from '../ground.js';
import type { Jobs } from '../jobs.js';
import { packageRoot } from '../paths.js';
import type { Recording, Recordings } from '../routes/recordings.js';
import type { SourceRecords } from '../source-records.js';
import { placementOf } from './sources.js';

const FOLDER = join(packageRoot, 'collector', 'recordings');
const Index = Type.Array(
  Type.Object({
    id: Type.String(),
    file: Type.String({ pattern: '^[\\w.-]+$' }),
    format: Type.Optional(Type.String()),
    title: Type.String(),
    titles: Type.Optional(Type.Record(Type.String(), Type.String())),
    description: Type.String(),
    descriptions: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
);

export function wireRecordings(
  ground: Ground,
  journal: Journal,
  sources: SourceRecords,
  jobs: Jobs,
  folder = FOLDER,
): Recordings {
  const known = readRecordings(folder);
  return {
    list: () => known.map(({ path: _, ...recording }) => recording),
    async replay({ actor, scope }, id, { speed, shift }) {
      const recording = known.find((one) => one.id === id);
      if (!recording) return undefined;
      const unit = scope.units[0] ?? '/';
      const realm = scope.realm === '*' ? LIVE : scope.realm;
      const plan = { kind: 'replay', name: recording.title, target: id, unit, realm } as const;
      const { value: source } = await sources.ensure(plan, actor);
      return jobs.start(
        { kind: 'replay', title: recording.title, actor, unit, realm },
        async (progress, signal) => {
          const result = await replayRecording({
            path: recording.path,
            placement: placementOf(source),
            intake: journal,
            observer: sources.observer(source.id),
            clock: ground.clock,
            ...(speed > 0 && { speed }),
            ...(shift && { shift: 'now' as const }),
            signal,
            onProgress: ({ done, total }) => progress(done, total),
          });
          if (!result.ok) throw new FaultError(result.fault);
          await sources.flush();
          return `${result.value.events} events`;
        },
      );
    },
  };
}

function readRecordings(folder: string): readonly (Recording & { readonly path: string })[] {
  const index = join(folder, 'index.json');
  if (!existsSync(index)) return [];
  const told: unknown = JSON.parse(readFileSync(index, 'utf8'));
  if (!Value.Check(Index, told)) throw new Error(`\`${index}\` is not a list of recordings`);
  return told
    .map(({ id, file, title, titles = {}, description, descriptions = {} }) => {
      const path = join(folder, file);
      return { id, path, title, titles, description, descriptions, ...sizeOf(path) };
    })
    .filter(({ bytes }) => bytes > 0);
}

/** Bytes on disk, and lines. They come along with the product and are small. */
function sizeOf(path: string): { readonly bytes: number; readonly events: number } {
  if (!existsSync(path)) return { bytes: 0, events: 0 };
  const raw = readFileSync(path);
  const text = path.endsWith('.gz') ? gunzipSync(raw) : raw;
  let events = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) events += 1;
  return { bytes: raw.length, events };
}
