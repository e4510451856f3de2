/** The files below a rule folder, by the real folders alone. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Paths relative to the folder, with `/`, sorted. A link may stand for a file, but is not followed as a folder: one that
 * leads upwards, or to `/`, would keep a start busy for ever. Throws where the folder itself cannot be read.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(name);
      else found.push(name);
    }
  };
  await walk('');
  return found.sort();
}
