/** Skips that always say why: the reason is in the title, and `npm test` prints it. */
import { describe, it } from 'vitest';

type Describe = (name: string, body: () => void) => void;
type It = (name: string, body: () => void | Promise<void>, timeoutMs?: number) => void;

/** Registers suites and tests; see {@link skipUnless}. */
export interface Conditional {
  readonly describe: Describe;
  readonly it: It;
}

/** What stands before the reason in the title of a skipped test; `scripts/test.mjs` looks for it. */
export const SKIP_MARK = ' — skipped: ';

/**
 * Gives a `describe` and an `it` which run when `condition` holds, and are otherwise skipped with `reason`
 * in their title. Hooks of a skipped suite do not run either.
 *
 * ```ts
 * const real = skipUnless(rsyslogd.path !== undefined, rsyslogd.reason);
 * real.describe('rsyslog ships to us', () => { … });
 * ```
 */
export function skipUnless(condition: boolean, reason: string): Conditional {
  if (condition)
    return { describe: (name, body) => void describe(name, body), it: (...args) => void it(...args) };
  if (reason.trim() === '') throw new Error('a skipped test needs a reason');
  return {
    describe: (name, body) => void describe.skip(`${name}${SKIP_MARK}${reason}`, body),
    it: (name, body, timeoutMs) => void it.skip(`${name}${SKIP_MARK}${reason}`, body, timeoutMs),
  };
}
