/** Tells whether the installed packages and the built folders still belong to the sources. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './step.mjs';

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** True when every package the lock file requires is installed in that version (npm keeps its own record). */
export function installed() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  const have = readJson('node_modules/.package-lock.json').packages;
  return Object.entries(readJson('package-lock.json').packages).every(
    ([path, wanted]) =>
      !path.includes('node_modules/') ||
      wanted.link ||
      wanted.optional ||
      have[path]?.version === wanted.version,
  );
}

/** Generated or unrelated: they never make a build stale. */
const IGNORED = new Set([
  'node_modules',
  'build',
  '.svelte-kit',
  'paraglide',
  'golden',
  'fixtures',
  'recordings',
]);

function* filesUnder(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return;
  if (statSync(absolute).isFile()) {
    yield path;
    return;
  }
  const entries = readdirSync(absolute, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (IGNORED.has(entry.name)) continue;
    if (entry.isDirectory()) yield* filesUnder(join(path, entry.name));
    else if (entry.isFile()) yield join(path, entry.name);
  }
}

/** A hash over the names and contents of the files under `paths` that `wanted` lets through. */
export function fingerprint(paths, wanted = () => true) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(path)) {
      if (!wanted(file)) continue;
      const content = readFileSync(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

// Inside node_modules: a fresh install may bring another compiler, so it rebuilds.
const stampPath = (name) => join(root, 'node_modules/.fenghuo', name);

/** True when `name` was last built from exactly this fingerprint and `output` is still there. */
export function isFresh(name, print, output) {
  if (!existsSync(join(root, output)) || !existsSync(stampPath(name))) return false;
  return readFileSync(stampPath(name), 'utf8') === print;
}

/** Remembers what `name` was built from. */
export function markFresh(name, print) {
  mkdirSync(dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), print);
}
