/** What this machine has to watch: its journal and the usual log files, each with whether it can be read and why not. */
import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { sentenceOf, type Fault } from '#kernel/errors.js';
import type { RecordFormat } from '../normalizers/record.js';
import { owningGroup, unreadable } from './access-right.js';
import { journalctlFault } from './journald.js';

export interface LocalJournal {
  readonly available: boolean;
  readonly reason?: string;
  /** Stable word for the reason, where there is one. */
  readonly cause?: string;
  /** Group that would help. */
  readonly group?: string;
}

export interface LocalFile {
  readonly path: string;
  readonly format: RecordFormat;
  readonly bytes: number;
  readonly readable: boolean;
  readonly reason?: string;
  readonly cause?: string;
  readonly group?: string;
}

export interface LocalSources {
  readonly journald: LocalJournal;
  /** Only files that exist. */
  readonly files: readonly LocalFile[];
}

const CANDIDATES: readonly (readonly [string, RecordFormat])[] = [
  ['/var/log/auth.log', 'syslog'],
  ['/var/log/secure', 'syslog'],
  ['/var/log/syslog', 'syslog'],
  ['/var/log/messages', 'syslog'],
  ['/var/log/nginx/access.log', 'nginx'],
  ['/var/log/apache2/access.log', 'apache'],
  ['/var/log/httpd/access_log', 'apache'],
  ['/var/log/audit/audit.log', 'text'],
];

/** `root`: prefix of the candidates' paths, for tests. */
export async function probeLocal(root = ''): Promise<LocalSources> {
  const files = await Promise.all(CANDIDATES.map(([path, format]) => probeFile(root + path, format)));
  return { journald: await probeJournald(), files: files.filter((file) => file !== undefined) };
}

/** Undefined where there is no such file; a folder that may not be entered counts as one that cannot be read. */
export async function probeFile(path: string, format: RecordFormat): Promise<LocalFile | undefined> {
  let bytes = 0;
  try {
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    bytes = found.size;
    await access(path, constants.R_OK);
    return { path, format, bytes, readable: true };
  } catch (error) {
    const problem = error as NodeJS.ErrnoException;
    if (problem.code === 'ENOENT' || problem.code === 'ENOTDIR') return undefined;
    const group = (await owningGroup(path)) ?? (await owningGroup(path.slice(0, path.lastIndexOf('/'))));
    const refused = await unreadable(path, problem);
    const told = { reason: sentenceOf(refused), ...causeOf(refused) };
    return { path, format, bytes, readable: false, ...told, ...(group !== undefined && { group }) };
  }
}

async function probeJournald(): Promise<LocalJournal> {
  let said: string;
  let end: NodeJS.ErrnoException | undefined;
  let entries = '';
  try {
    const result = await promisify(execFile)('journalctl', ['--lines=1', '--output=json'], {
      timeout: 5_000,
    });
    said = result.stderr;
    entries = result.stdout;
  } catch (error) {
    end = error as NodeJS.ErrnoException;
    said = String((error as { stderr?: unknown }).stderr ?? '');
  }
  const problem = journalctlFault(said, end);
  if (problem)
    return { available: false, reason: sentenceOf(problem), ...causeOf(problem), ...groupOf(problem) };
  if (end)
    return {
      available: false,
      reason: `journalctl failed: ${said.slice(0, 200) || end.message.slice(0, 200)}`,
      cause: 'ended',
    };
  return entries.trim() === ''
    ? { available: false, reason: 'the journal is empty', cause: 'empty' }
    : { available: true };
}

function causeOf(problem: Fault): { cause?: string } {
  const cause = problem.data?.['cause'];
  return typeof cause === 'string' ? { cause } : {};
}

function groupOf(problem: Fault): { group?: string } {
  const group = problem.data?.['group'];
  return typeof group === 'string' ? { group } : {};
}
