/** Why a file cannot be read, in words a person can act on: the owning group that is missing. */
import { readFile, stat } from 'node:fs/promises';
import { fault, type Fault } from '#kernel/errors.js';

/** Name of the group that owns the path, from its owner and /etc/group; undefined where either cannot be read. */
export async function owningGroup(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  const table = found && (await readFile('/etc/group', 'utf8').catch(() => undefined));
  if (!found || table === undefined) return undefined;
  for (const line of table.split('\n')) {
    const [name, , id] = line.split(':');
    if (id === String(found.gid)) return name;
  }
  return String(found.gid);
}

/** `source_unreadable` for an error of opening `path`. */
export async function unreadable(path: string, error: NodeJS.ErrnoException): Promise<Fault> {
  if (error.code === 'ENOENT')
    return fault('source_unreadable', {
      path,
      reason: 'there is no such file',
      cause: 'no_file',
      how: 'it is read as soon as it appears',
    });
  if (error.code !== 'EACCES' && error.code !== 'EPERM')
    return fault('source_unreadable', { path, reason: error.code ?? error.message, how: 'check the path' });
  const group = await owningGroup(path);
  return fault('source_unreadable', {
    path,
    reason: group === undefined ? 'no permission' : `no permission; it belongs to group ${group}`,
    cause: 'no_permission',
    how:
      group === undefined || group === 'root'
        ? 'give the user that runs Fenghuo read access to the file and its folder'
        : `add the user that runs Fenghuo to group ${group} and start it again`,
    ...(group !== undefined && { group }),
  });
}
