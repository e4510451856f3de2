/** A consistent copy of the data of a home, with the journal; the stores' own manifest proves it whole. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fault, FaultError } from '#kernel/errors.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { restoreEmbedded, writeManifest, type BackupManifest } from '#store/embedded/backup.js';

/** The parts of a home that hold data; keys of TLS and the lock stay out of a backup. */
export const DATA_FOLDERS = {
  records: 'records',
  events: 'events',
  journal: 'journal',
  evidence: 'evidence',
} as const;

export interface BackupSize {
  readonly files: number;
  readonly bytes: number;
}

export interface BackupOptions {
  readonly records: RecordStore;
  readonly events: EventStore;
  /** Folder of the journal. */
  readonly journal: string;
  /** Folder of the evidence files. */
  readonly evidence: string;
  readonly nowMs: number;
}

/**
 * Faults: `folder_not_empty`. The journal is copied twice: before, since segments may be released meanwhile, and after,
 * so that it reaches at least as far as what the stores have taken in. A torn tail is cut when it is opened, as after a
 * crash.
 */
export async function takeBackup(options: BackupOptions, folder: string): Promise<Result<BackupSize>> {
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    return fail(fault('folder_not_empty', { folder }));
  for (const name of Object.values(DATA_FOLDERS))
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  const journal = join(folder, DATA_FOLDERS.journal);
  await copyFiles(options.journal, journal);
  await options.records.backup(join(folder, DATA_FOLDERS.records));
  // Behind the records: every file that they name is there.
  await copyFiles(options.evidence, join(folder, DATA_FOLDERS.evidence));
  await options.events.backup(join(folder, DATA_FOLDERS.events));
  await copyFiles(options.journal, journal);
  return ok(sizeOf(await writeManifest(folder, options.nowMs)));
}

/** Checks every file first; overwrites nothing. Faults: `backup_invalid`, `folder_not_empty`, `home_locked`, `disk_full`. */
export async function restoreBackup(folder: string, home: string): Promise<Result<BackupSize>> {
  try {
    return ok(sizeOf(await restoreEmbedded(folder, home)));
  } catch (error) {
    if (error instanceof FaultError) return fail(error.fault);
    throw error;
  }
}

function sizeOf({ files }: BackupManifest): BackupSize {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** What goes away in this very moment is passed over: a released segment is missing in the second copy and present in the first. */
async function copyFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile() && !one.name.endsWith('.part'))) {
    const path = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, path));
    await mkdir(dirname(target), { recursive: true });
    await cp(path, target, { force: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
