/** A consistent copy of the data with a manifest of SHA-256 sums, and its way back into an empty home. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { fault } from '#kernel/errors.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { packageVersion } from './paths.js';

const MANIFEST = 'manifest.json';
const Manifest = Type.Object({
  format: Type.Literal('fenghuo-backup-1'),
  version: Type.String(),
  takenAt: Type.String(),
  files: Type.Array(Type.Object({ path: Type.String(), bytes: Type.Integer(), sha256: Type.String() })),
});
type Manifest = Static<typeof Manifest>;

/** The parts of a home that hold data; keys of TLS and the lock stay out of a backup. */
export const DATA_FOLDERS = { records: 'records', events: 'events', journal: 'journal' } as const;

export interface BackupSize {
  readonly files: number;
  readonly bytes: number;
}

export interface BackupOptions {
  readonly records: RecordStore;
  readonly events: EventStore;
  /** Folder of the journal. */
  readonly journal: string;
  readonly takenAt: string;
}

/**
 * Faults: `folder_not_empty`. The journal is copied twice: before, since segments may be
 * released meanwhile, and after, so that it reaches at least as far as what the stores have taken in. A torn tail is
 * cut when it is opened, as after a crash.
 */
export async function takeBackup(options: BackupOptions, folder: string): Promise<Result<BackupSize>> {
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    return fail(fault('folder_not_empty', { folder }));
  const journal = join(folder, DATA_FOLDERS.journal);
  await mkdir(journal, { recursive: true, mode: 0o700 });
  for (const name of [DATA_FOLDERS.records, DATA_FOLDERS.events])
    await mkdir(join(folder, name), { mode: 0o700 });
  await copyJournal(options.journal, journal);
  await options.records.backup(join(folder, DATA_FOLDERS.records));
  await options.events.backup(join(folder, DATA_FOLDERS.events));
  await copyJournal(options.journal, journal);
  const files = await Promise.all((await filesOf(folder)).map((path) => describe(folder, path)));
  const manifest: Manifest = {
    format: 'fenghuo-backup-1',
    version: packageVersion,
    takenAt: options.takenAt,
    files,
  };
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return ok({ files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) });
}

/** A segment that is released in this very moment is missing in the second copy and present in the first. */
async function copyJournal(from: string, to: string): Promise<void> {
  for (const path of await filesOf(from)) {
    const target = join(to, relative(from, path));
    await mkdir(dirname(target), { recursive: true });
    await cp(path, target, { force: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** Checks every file first; then copies into the home, which must hold no data. Faults: `backup_invalid`. */
export async function restoreBackup(folder: string, home: string): Promise<Result<BackupSize>> {
  const invalid = (reason: string) => fail(fault('backup_invalid', { reason }));
  const read: unknown = await readFile(join(folder, MANIFEST), 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (!Value.Check(Manifest, read)) return invalid(`\`${join(folder, MANIFEST)}\` is missing or no manifest`);
  for (const name of Object.values(DATA_FOLDERS))
    if (existsSync(join(home, name))) return invalid(`\`${join(home, name)}\` is there already`);
  for (const file of read.files) {
    const path = join(folder, file.path);
    if (file.path.split('/').includes('..') || relative(folder, path).startsWith('..'))
      return invalid(`\`${file.path}\` lies outside`);
    const found = existsSync(path) ? await describe(folder, path) : undefined;
    if (found?.sha256 !== file.sha256) return invalid(`\`${file.path}\` is ${found ? 'changed' : 'missing'}`);
  }
  try {
    for (const { path } of read.files) {
      await mkdir(dirname(join(home, path)), { recursive: true, mode: 0o700 });
      await cp(join(folder, path), join(home, path));
    }
  } catch (error) {
    // Half a home would look like a whole one at the next start.
    for (const name of Object.values(DATA_FOLDERS))
      await rm(join(home, name), { recursive: true, force: true });
    throw error;
  }
  return ok({ files: read.files.length, bytes: read.files.reduce((sum, { bytes }) => sum + bytes, 0) });
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name !== MANIFEST)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function describe(folder: string, path: string): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return {
    path: relative(folder, path).split(sep).join('/'),
    bytes: (await stat(path)).size,
    sha256: hash.digest('hex'),
  };
}
