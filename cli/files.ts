/** The files that a command's words name: a folder stands for all files in it, in a stable order. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export async function filesOf(
  paths: readonly string[],
  onError: (path: string, error: Error) => void,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) files.push(path);
      else {
        const entries = await readdir(path, { recursive: true, withFileTypes: true });
        files.push(
          ...entries
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            .sort(),
        );
      }
    } catch (error) {
      onError(path, error as Error);
    }
  }
  return files;
}
