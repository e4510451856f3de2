/** The process that `kill.test.ts` kills: appends frames and records as fast as it can, and says what is acknowledged. */
import { writeSync } from 'node:fs';
import type { Frame } from '#kernel/event.js';
import { ALL } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { alert } from '../contract/records.js';
import { openEmbeddedStores } from './open.js';

const scope = testScope({ realm: '*' });
const stores = await openEmbeddedStores({ home: process.argv[2] ?? '', clock: { nowMs: () => 0 } });

function frameOf(number: number): Frame {
  const firstSeq = (number - 1) * 50 + 1;
  const events = Array.from({ length: 50 }, (_, index) => ({
    id: `evt_${firstSeq + index}`,
    seq: firstSeq + index,
    timeMs: number,
    ingestedMs: 0,
    unit: '/',
    realm: 'live',
    classification: 1 as const,
    source: 'src_1',
    fields: { message: `event ${firstSeq + index}` },
  }));
  return { journal: 'jrn_a', number, ingestedMs: (number % 3) * 86_400_000, firstSeq, events };
}

async function writeEvents(): Promise<void> {
  for (let number = (await stores.events.highWater('jrn_a')) + 1; ; number++) {
    // The one before comes again, as after a crash of the reader: it must not be kept twice.
    const again = number > 1 ? [frameOf(number - 1)] : [];
    await stores.events.append([...again, frameOf(number)]);
    writeSync(1, `frame ${number}\n`);
  }
}

async function writeRecords(): Promise<void> {
  for (let number = (await stores.records.search(scope, 'alerts', { query: ALL })).total + 1; ; number++) {
    const outcome = await stores.records.write(scope, [
      { kind: 'create', collection: 'alerts', value: alert({ id: `alr_${number}` }) },
    ]);
    if (!outcome.ok) throw new Error(`alr_${number} ${outcome.reason}`);
    writeSync(1, `record ${number}\n`);
  }
}

await Promise.all([writeEvents(), writeRecords()]);
