/** Names the code that reads rules, so that nothing is kept from one program to another. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths.js';

/** Folders of the code, beside this one. */
const CODE = ['detections/sigma', 'kernel/query'];

/** SHA-256 over the code that reads rules and over package.json, which has the versions of what it uses. */
export function ruleProgram(): string {
  const base = join(import.meta.dirname, '..');
  const files = CODE.flatMap((folder) =>
    readdirSync(join(base, folder), { recursive: true })
      .map((name) => join(base, folder, String(name)))
      .filter((path) => /(?<!\.test)\.[jt]s$/.test(path))
      .sort(),
  );
  const texts = [join(packageRoot, 'package.json'), ...files].map((path) => readFileSync(path, 'utf8'));
  return hash('sha256', JSON.stringify(texts));
}
