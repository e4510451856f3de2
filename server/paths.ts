/** Where the package lies, whether it runs from its sources or from `dist/`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error('the package has no package.json');
  }
}

/** Root of the package, absolute. */
export const packageRoot = findRoot(import.meta.dirname);

/** Version of the package, as in its package.json. */
export const packageVersion = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** The built console; it need not exist. */
export const consoleBuild = join(packageRoot, 'console', 'build');

/** The rules that come along. */
export const ownRules = join(packageRoot, 'detections', 'rules');
