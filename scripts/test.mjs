/**
 * `npm test [-- filter…]`: makes the checkout ready, runs the tests of the rooms and of the console, and ends
 * with the totals of both. A skip without a reason is a failure.
 */
import './node-version.mjs';

const { mkdtempSync, readFileSync, rmSync } = await import('node:fs');
const { tmpdir } = await import('node:os');
const { join } = await import('node:path');
const { prepare } = await import('./bootstrap.mjs');
const { openly, root, tool } = await import('./step.mjs');

await prepare();

const filters = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'fenghuo-test-'));
const totals = { passed: 0, failed: 0, skipped: [] };

for (const [name, cwd] of [
  ['rooms', root],
  ['console', join(root, 'console')],
]) {
  const report = join(folder, `${name}.json`);
  const code = await openly(
    process.execPath,
    [
      tool('vitest/vitest.mjs'),
      'run',
      '--passWithNoTests',
      '--reporter=default',
      `--reporter=${join(root, 'scripts/test-report.mjs')}`,
      ...filters,
    ],
    { cwd, env: { ...process.env, FENGHUO_TEST_REPORT: report } },
  );
  const part = reportOf(report);
  totals.passed += part.passed;
  totals.failed += part.failed;
  totals.skipped.push(...part.skipped);
  // It failed for a cause that is no test: never hide that behind a zero.
  if (code !== 0 && part.failed === 0) totals.failed += 1;
}
rmSync(folder, { recursive: true, force: true });

function reportOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: [] };
  }
}

// With a filter, most tests are left out on purpose.
const told = totals.skipped.filter((test) => test.reason !== undefined);
const silent = filters.length > 0 ? [] : totals.skipped.filter((test) => test.reason === undefined);
for (const test of told) process.stdout.write(`skipped: ${test.file}: ${test.name}: ${test.reason}\n`);
for (const test of silent) {
  process.stdout.write(`skipped without a reason (use test/skip.ts): ${test.file}: ${test.name}\n`);
}
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped\n`);
process.exitCode = totals.failed > 0 || silent.length > 0 ? 1 : 0;
