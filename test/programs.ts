/** Finds the real programs that tests run against: by environment, then by the usual folders. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { skipUnless, type Conditional } from './skip.js';

export interface Program {
  /** Absolute path of the executable; undefined when it is not installed. */
  readonly path: string | undefined;
  /** Why a test that needs it is skipped. */
  readonly reason: string;
  /** `describe` and `it` that run only when the program is there. */
  readonly when: Conditional;
}

const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks for one of `names` (`findProgram('chromium', 'chromium-browser')`). `FENGHUO_TEST_CHROMIUM`, made of
 * the first name, comes before all folders.
 */
export function findProgram(...names: [string, ...string[]]): Program {
  const variable = `FENGHUO_TEST_${names[0].toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  const told = process.env[variable];
  const candidates = told ? [told] : FOLDERS.flatMap((folder) => names.map((name) => join(folder, name)));
  const path = candidates.find((candidate) => candidate !== '' && executable(candidate));
  const reason = `${names[0]} is not installed (apt-get install it, or set ${variable})`;
  return { path, reason, when: skipUnless(path !== undefined, reason) };
}
