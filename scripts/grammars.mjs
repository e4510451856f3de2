// Generates `<name>.generated.ts` beside every `<name>.peggy`; with --check it only says whether all are fresh.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import peggy from 'peggy';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** All grammars of the house, as absolute paths. */
export function findGrammars() {
  return ['kernel', 'detections']
    .map((room) => join(root, room))
    .filter(existsSync)
    .flatMap((room) => readdirSync(room, { recursive: true }).map((name) => join(room, String(name))))
    .filter((path) => path.endsWith('.peggy'));
}

/** The generated module of one grammar. */
export function generate(path) {
  const parser = peggy.generate(readFileSync(path, 'utf8'), {
    output: 'source',
    format: 'es',
    grammarSource: relative(root, path),
  });
  return `// @ts-nocheck\n// Generated from ${relative(dirname(path), path)} by \`npm run grammars\`; edit the grammar instead.\n${parser}`;
}

export const generatedPath = (path) => path.replace(/\.peggy$/, '.generated.ts');

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const check = process.argv.includes('--check');
  for (const path of findGrammars()) {
    const target = generatedPath(path);
    const text = generate(path);
    const fresh = existsSync(target) && readFileSync(target, 'utf8') === text;
    if (check && !fresh) {
      console.error(`${relative(root, target)} is stale: run \`npm run grammars\``);
      process.exitCode = 1;
    } else if (!fresh) {
      writeFileSync(target, text);
      console.log(`generated ${relative(root, target)}`);
    }
  }
}
