/** Which files of this machine may be watched: regular ones, below the folders that the operator named, never our own. */
import { constants } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { fault, FaultError, type Fault } from '#kernel/errors.js';

export interface FileAccess {
  /** Folders, absolute. A symbolic link may lead from one to another, and nowhere else. */
  readonly roots: readonly string[];
  /** Folders and files, absolute, that stay closed also where they lie below a root: the home, the key of TLS. */
  readonly closed: readonly string[];
}

/** Windows on the machine itself rather than logs: `/proc/self/environ` holds our secrets. */
const MACHINERY = ['/proc', '/sys', '/dev'];

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/** The fault `source_unreadable` where the path, as it stands and as links resolve it, may not be watched. */
export async function refusedPath(path: string, { roots, closed }: FileAccess): Promise<Fault | undefined> {
  const shut = [...MACHINERY, ...closed, ...(await Promise.all(closed.map(real)))];
  const open = [...roots, ...(await Promise.all(roots.map(real)))];
  for (const one of new Set([resolve(path), await real(path)])) {
    if (shut.some((folder) => isBelow(one, folder)))
      return refused(path, 'it is no log file', 'choose a log file');
    if (!open.some((folder) => isBelow(one, folder)))
      return refused(
        path,
        `${one === resolve(path) ? 'it lies' : 'it leads'} outside the folders that may be watched`,
        'ask the operator to add its folder to FENGHUO_FILE_ROOTS',
      );
  }
  return undefined;
}

/**
 * Opens for reading. What was opened is judged, not what its name meant a moment before. Without O_NONBLOCK a named pipe
 * without a writer would hold one of the few threads that all file access shares. Throws the fault `source_unreadable`,
 * and what `open` throws.
 */
export async function openLogFile(path: string, access: FileAccess): Promise<FileHandle> {
  const early = await refusedPath(path, access);
  if (early) throw new FaultError(early);
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new FaultError(refused(path, 'it is no regular file', 'choose a log file'));
    // Linux tells what a descriptor stands for; elsewhere the name is asked once more.
    const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
    const late = await refusedPath(opened, access);
    if (late) throw new FaultError(late);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function refused(path: string, reason: string, how: string): Fault {
  return fault('source_unreadable', { path, reason, how });
}
