/** Backups of the embedded stores: a folder with a manifest that says whether it is whole, and the way back. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { iso } from '#kernel/clock.js';
import { FaultError, fault } from '#kernel/errors.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { storeFault } from './disk-faults.js';
import { syncFolder } from './day-files.js';
import { lockHome } from './home-lock.js';

/** Folders of the stores, the same in a home and in a backup. */
export const EVENTS_FOLDER = 'events';
export const RECORDS_FOLDER = 'records';

const MANIFEST = 'manifest.json';
const FORMAT = 1;

export interface BackupManifest {
  readonly format: number;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  readonly files: readonly BackupFile[];
}

export interface BackupFile {
  /** Relative to the backup's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Copies both stores, while they run, into an empty folder (made if absent), records first: an alert may then be
 * missing whose event is there, but never the other way round. Throws `folder_not_empty`.
 */
export async function backupEmbedded(
  stores: { readonly events: EventStore; readonly records: RecordStore },
  folder: string,
  nowMs: number,
): Promise<BackupManifest> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new FaultError(fault('folder_not_empty', { folder }));
  try {
    await mkdir(join(folder, RECORDS_FOLDER));
    await stores.records.backup(join(folder, RECORDS_FOLDER));
    await mkdir(join(folder, EVENTS_FOLDER));
    await stores.events.backup(join(folder, EVENTS_FOLDER));
    return await writeManifest(folder, nowMs);
  } catch (error) {
    throw storeFault(error);
  }
}

/** Writes the manifest over all files that lie in the folder; what a backup adds of its own goes in before. */
export async function writeManifest(folder: string, nowMs: number): Promise<BackupManifest> {
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path !== MANIFEST)
    .sort();
  const files: BackupFile[] = [];
  for (const path of paths) files.push({ path, ...(await digest(join(folder, path))) });
  const manifest: BackupManifest = { format: FORMAT, takenAt: iso(nowMs), files };
  const handle = await open(join(folder, MANIFEST), 'w');
  try {
    await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
  return manifest;
}

/** The manifest of a backup that is whole. Throws `backup_invalid` and says what is missing or differs. */
export async function verifyBackup(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) throw invalid(`\`${MANIFEST}\` is missing`);
  const manifest = parseManifest(text);
  for (const file of manifest.files) {
    const found = await digest(join(folder, file.path)).catch(() => undefined);
    if (!found) throw invalid(`\`${file.path}\` is missing`);
    if (found.bytes !== file.bytes || found.sha256 !== file.sha256)
      throw invalid(`\`${file.path}\` differs from the manifest`);
  }
  return manifest;
}

/**
 * Verifies the backup, then copies its files into the home, which must hold none of its folders yet. On failure the
 * home is left as it was. Throws `backup_invalid`, `folder_not_empty`, `home_locked`, `disk_full`.
 */
export async function restoreEmbedded(from: string, home: string): Promise<BackupManifest> {
  const manifest = await verifyBackup(from);
  const lock = lockHome(home);
  const copied: string[] = [];
  try {
    const present = new Set(await readdir(home));
    if (manifest.files.some(({ path }) => present.has(path.split('/')[0] ?? path)))
      throw new FaultError(fault('folder_not_empty', { folder: home }));
    for (const { path } of manifest.files) {
      const target = join(home, path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      copied.push(target);
      await copyFile(join(from, path), target);
      const handle = await open(target, 'r+');
      await handle.sync().finally(() => handle.close());
    }
    await syncFolder(home);
    return manifest;
  } catch (error) {
    for (const file of copied) await rm(file, { force: true });
    throw storeFault(error);
  } finally {
    lock.release();
  }
}

const SAFE_PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** A manifest may come from anywhere: its paths must not lead out of the folder. */
function parseManifest(text: string): BackupManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid(`\`${MANIFEST}\` cannot be read`);
  }
  const { format, takenAt, files } = (parsed ?? {}) as Partial<BackupManifest>;
  if (format !== FORMAT || typeof takenAt !== 'string' || !Array.isArray(files))
    throw invalid(`\`${MANIFEST}\` is of another format`);
  for (const file of files as Partial<BackupFile>[])
    if (
      typeof file.path !== 'string' ||
      !SAFE_PATH.test(file.path) ||
      typeof file.bytes !== 'number' ||
      typeof file.sha256 !== 'string'
    )
      throw invalid(`\`${MANIFEST}\` names a file wrongly`);
  return { format, takenAt, files: files as BackupFile[] };
}

async function digest(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

function invalid(reason: string): FaultError {
  return new FaultError(fault('backup_invalid', { reason }));
}
