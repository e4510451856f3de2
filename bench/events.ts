/** Events of a store to measure: sign-ins of sshd, spread over a day. */
import type { Event, Fields, Frame } from '#kernel/event.js';
import { openEmbeddedStores } from '#store/embedded/open.js';

/** Events in a frame, as large senders make them. */
const FRAME = 2_000;
const DAY_MS = 86_400_000;

/** Deterministic, so that two runs measure the same: a linear congruential generator. */
let seed = 1;
export function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed % below;
}

function fields(): Fields {
  const failed = random(10) > 0;
  const user = `user${random(500)}`;
  const ip = `10.${random(4)}.${random(256)}.${random(256)}`;
  return {
    message: `${failed ? 'Failed' : 'Accepted'} password for ${user} from ${ip} port ${random(60_000)} ssh2`,
    'event.kind': 'event',
    'event.category': ['authentication'],
    'event.dataset': 'sshd',
    'event.action': 'ssh_login',
    'event.outcome': failed ? 'failure' : 'success',
    'host.name': `web-${random(40)}`,
    'user.name': user,
    'source.ip': ip,
    'source.port': random(60_000),
    'process.name': 'sshd',
    'process.pid': random(30_000),
    'log.syslog.facility.name': 'auth',
    'event.original': `<38>Mar  1 00:00:00 web sshd[${random(30_000)}]: password for ${user} from ${ip}`,
    'ecs.version': '8.17',
  };
}

/** The frame of this number, of so many events; the day begins at `fromMs` and holds `total` events. */
export function frameOf(number: number, size: number, day: { fromMs: number; total: number }): Frame {
  const firstSeq = (number - 1) * size + 1;
  const events = Array.from({ length: size }, (_, index): Event => {
    const seq = firstSeq + index;
    return {
      id: `evt_${seq}`,
      seq,
      timeMs: day.fromMs + Math.floor((seq / day.total) * DAY_MS),
      ingestedMs: day.fromMs,
      unit: random(4) === 0 ? '/cn/gd' : '/cn/gd/sz',
      realm: 'live',
      classification: 1,
      source: 'src_1',
      fields: fields(),
    };
  });
  return { journal: 'jrn_a', number, ingestedMs: day.fromMs, firstSeq, events };
}

/** Writes so many events of the last day into the event store of the home; no server may hold it. */
export async function fillWithEvents(home: string, count: number): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: console.error };
  const stores = await openEmbeddedStores({ home, clock: { nowMs: () => Date.now() }, log });
  const day = { fromMs: Date.now() - DAY_MS, total: count };
  for (let number = 1; number <= count / FRAME; number++)
    await stores.events.append([frameOf(number, FRAME, day)]);
  await stores.close();
}
