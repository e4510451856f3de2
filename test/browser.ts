/** The real Chromium with the built console, for tests and benches. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { checkout } from './data.js';
import { findProgram } from './programs.js';
import { skipUnless } from './skip.js';

const program = findProgram('chromium', 'chromium-browser', 'google-chrome');
const built = existsSync(join(checkout, 'console/build/index.html'));

/** Tests that run only where both are there. */
export const browserReady = skipUnless(
  program.path !== undefined && built,
  built ? program.reason : 'the console is not built (npm run build)',
);

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Throws where there is no Chromium. */
export function launchBrowser(): Promise<Browser> {
  if (program.path === undefined) throw new Error(program.reason);
  return chromium.launch({ executablePath: program.path, args: QUIET });
}

/** Collects whatever the browser complains of on the page from now on: script errors, violations of the policy. */
export function collectComplaints(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.message));
  // A refused request is told by the page itself, and is no complaint of the browser's.
  page.on(
    'console',
    (message) =>
      void (
        message.type() === 'error' &&
        !message.text().startsWith('Failed to load resource') &&
        complaints.push(message.text())
      ),
  );
}
