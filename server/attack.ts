/** The ATT&CK catalogue that comes along, and which techniques a rule's tags name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttackCatalogue } from '#kernel/schema/attack.js';
import { packageRoot } from './paths.js';

const TECHNIQUE = /^attack\.(t\d{4}(?:\.\d{3})?)$/i;
let read: AttackCatalogue | undefined;

/** Read when first wanted, and kept. MITRE's notice and licence are part of it, and go wherever the facts go. */
export function attackCatalogue(): AttackCatalogue {
  return (read ??= JSON.parse(
    readFileSync(join(packageRoot, 'detections', 'attack', 'techniques.json'), 'utf8'),
  ) as AttackCatalogue);
}

/** `attack.t1059.001` among the tags, as `T1059.001`; each once. */
export function techniquesOf(tags: readonly string[]): string[] {
  const found = tags.flatMap((tag) => TECHNIQUE.exec(tag)?.[1]?.toUpperCase() ?? []);
  return [...new Set(found)];
}
