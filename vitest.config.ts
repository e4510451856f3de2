/** Root test run: every room's `*.test.ts`; the console has a run of its own. */
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
    passWithNoTests: true,
  },
});
