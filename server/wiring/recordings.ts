/** The recordings that come along (`collector/recordings/index.json`), and their replay as jobs. */
import { join } from 'node:path';
import { FaultError } from '#kernel/errors.js';
import type { Journal } from '#kernel/ports/journal.js';
import { LIVE } from '#kernel/scope.js';
import { replayRecording } from '#collector/sources/recording.js';
import { listRecordings } from '#collector/sources/recordings.js';
import type { Ground } from '../ground.js';
import type { Jobs } from '../jobs.js';
import { loadedSamples, removeSample } from '../samples.js';
import type { Detection } from './detection.js';
import { packageRoot } from '../paths.js';
import type { Recordings } from '../routes/recordings.js';
import type { SourceRecords } from '../source-records.js';
import { placementOf } from './sources.js';

const FOLDER = join(packageRoot, 'collector', 'recordings');

export async function wireRecordings(
  ground: Ground,
  journal: Journal,
  sources: SourceRecords,
  jobs: Jobs,
  detection: Pick<Detection, 'projection' | 'lag'>,
  folder = FOLDER,
): Promise<Recordings> {
  const known = await listRecordings(folder);
  /** Jobs that were started for a recording. */
  const playing = new Map<string, readonly string[]>();
  return {
    loaded: (scope) => loadedSamples(ground.records, scope),
    async remove({ actor, scope }, id) {
      const recording = known.find((one) => one.id === id);
      if (!recording) return undefined;
      const place = { unit: scope.units[0] ?? '/', realm: scope.realm === '*' ? LIVE : scope.realm };
      const services = { ...ground, groups: detection.projection.groups, lag: detection.lag };
      return jobs.start(
        { kind: 'removal', title: recording.title, actor, ...place },
        async (progress, signal) => {
          const others: string[] = [];
          for (const job of playing.get(id) ?? [])
            // What another unit plays is not taken away here, so it plays on.
            if (await ground.records.get(scope, 'jobs', job)) await jobs.stop(job);
            else others.push(job);
          playing.set(id, others);
          await sources.flush();
          return removeSample(services, { scope, actor, recording: id, progress, signal });
        },
      );
    },
    list: () => known.map(({ path: _, ...recording }) => recording),
    async replay({ actor, scope }, id, { speed, shift }) {
      const recording = known.find((one) => one.id === id);
      if (!recording) return undefined;
      const unit = scope.units[0] ?? '/';
      const realm = scope.realm === '*' ? LIVE : scope.realm;
      const plan = { kind: 'replay', name: recording.title, target: id, unit, realm } as const;
      const { value: source } = await sources.ensure(plan, actor);
      const job = await jobs.start(
        { kind: 'replay', title: recording.title, actor, unit, realm },
        async (progress, signal) => {
          const result = await replayRecording({
            path: recording.path,
            sample: recording.id,
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
      playing.set(id, [...(playing.get(id) ?? []), job.value.id]);
      return job;
    },
  };
}
