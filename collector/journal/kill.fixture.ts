/** Child of the kill test: appends without end and prints each acknowledged event; `FOLDER FIRST`. */
import { writeSync } from 'node:fs';
import { openJournal } from './journal.js';
import { newEvent } from './journal.fixture.js';

const [folder = '', first = '0'] = process.argv.slice(2);
const journal = await openJournal({
  folder,
  clock: { nowMs: () => Date.now() },
  ids: { next: (prefix) => `${prefix}_00000000000000000000000001` },
  segmentBytes: 200_000,
  frameEvents: 50,
});
writeSync(1, 'open\n');

let next = Number(first);
/** Every second event has a sender's identifier; all texts differ. */
async function send(): Promise<void> {
  for (;;) {
    const numbers = Array.from({ length: 20 }, () => next++);
    const answer = await journal.append(
      numbers.map((n) =>
        newEvent(`event ${n} ${'x'.repeat(n % 700)}`, n % 2 === 0 ? `sender-${n}` : undefined),
      ),
    );
    if (!answer.ok) throw new Error(answer.fault.code);
    const lines = numbers.map(
      (n, index) => `${n} ${answer.value[index]?.id} ${answer.value[index]?.duplicate}`,
    );
    // Synchronous, so that what was acknowledged is told before the kill.
    writeSync(1, `${lines.join('\n')}\n`);
  }
}
await Promise.all([send(), send(), send()]);
