/** Unpacks the Sigma test data (rules, regression recordings) into a temporary folder, once a process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testData } from './data.js';

export const sigmaRules = testData('sigma', 'rules.tar.xz');
export const sigmaRegression = testData('sigma', 'regression.tar.xz');

/** Folders of the corpus that hold rules which can be loaded, and those whose placeholders are undefined. */
export const CORPUS_FOLDERS = [
  'rules',
  'rules-compliance',
  'rules-emerging-threats',
  'rules-placeholder',
  'rules-threat-hunting',
] as const;

export interface Unpacked {
  readonly folder: string;
  remove(): void;
}

/** Unpacks the archives into a fresh folder; needs `tar` and `xz`. */
export function unpack(...archives: readonly string[]): Unpacked {
  const folder = mkdtempSync(join(tmpdir(), 'fenghuo-sigma-'));
  for (const archive of archives) execFileSync('tar', ['-xJf', archive, '-C', folder]);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
