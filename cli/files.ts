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

/** A name out of an archive may hold terminal escapes, line ends and marks that turn the text round. */
export function printable(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
