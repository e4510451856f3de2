/** Root test run: every room's `*.test.ts`; the console has a run of its own. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['fenghuo', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'var/**', 'console/**'],
    environment: 'node',
    pool: 'forks',
    // Child processes and workers a test starts find the sources by the same condition.
    execArgv: ['--conditions=fenghuo'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Commands keep what they read of rules there, not in the home of whoever runs the tests.
    env: { XDG_CACHE_HOME: join(tmpdir(), 'fenghuo-test-cache') },
    passWithNoTests: true,
  },
});
