/** Where the test data lies: `FENGHUO_TEST_DATA`, or `../shared/data` beside the checkout. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { skipUnless, type Conditional } from './skip.js';

/** The root of the checkout, absolute. */
export const checkout = resolve(import.meta.dirname, '..');

/** The folder of the test data, absolute; it need not exist. */
export const dataRoot = resolve(process.env['FENGHUO_TEST_DATA'] ?? join(checkout, '../shared/data'));

export interface TestData {
  /** Absolute; it exists only when `present`. */
  readonly path: string;
  readonly present: boolean;
  /** Why a test that needs it is skipped. */
  readonly reason: string;
  /** `describe` and `it` that run only when the data is present. */
  readonly when: Conditional;
}

/** Names a file or folder of the test data, e.g. `testData('sigma', 'rules')`. */
export function testData(...parts: string[]): TestData {
  const path = join(dataRoot, ...parts);
  const present = existsSync(path);
  const reason = `test data \`${parts.join('/')}\` is absent (set FENGHUO_TEST_DATA)`;
  return { path, present, reason, when: skipUnless(present, reason) };
}
