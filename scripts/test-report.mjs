/** A Vitest reporter: writes the true totals, and the reason of every skip, to `$FENGHUO_TEST_REPORT`. */
import { writeFileSync } from 'node:fs';

/** As in `test/skip.ts`. */
const SKIP_MARK = ' — skipped: ';

export default class TotalsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const report = { passed: 0, failed: 0, skipped: [] };
    for (const module of modules) {
      // A file that cannot be loaded has no tests, and must not count as nothing.
      report.failed += module.errors().length;
      for (const suite of module.children.allSuites()) report.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') report.passed += 1;
        else if (state === 'failed') report.failed += 1;
        else {
          const [name, told] = test.fullName.split(SKIP_MARK);
          const reason = note ?? told?.split(' > ')[0];
          report.skipped.push({ file: module.relativeModuleId, name, reason });
        }
      }
    }
    report.failed += unhandledErrors.length;
    writeFileSync(process.env.FENGHUO_TEST_REPORT, JSON.stringify(report));
  }
}
