/**
 * Measures the embedded stores: ingest, filtered search, histogram, and the first page of the queue with facets.
 * `--events N` (default 300,000) and `--alerts N` (default 100,000). Prints medians and CPU time; asserts nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ALL, and, anyOf, equals, type Query } from '#kernel/query/ast.js';
import { OPEN_ALERT_STATUSES, SEVERITIES } from '#kernel/vocabulary.js';
import { alert } from '#store/contract/records.js';
import { openEmbeddedStores } from '#store/embedded/open.js';
import { testScope } from '#test/scope.js';
import { frameOf, random } from './events.js';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '300000' }, alerts: { type: 'string', default: '100000' } },
});
const eventCount = Number(values.events);
const alertCount = Number(values.alerts);
const START = Date.UTC(2026, 2, 1);
const scope = testScope({ units: ['/cn/gd'] });

/** Wall and CPU time of a piece of work, milliseconds. */
async function timed<T>(work: () => Promise<T>): Promise<{ wall: number; cpu: number; value: T }> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const value = await work();
  const used = process.cpuUsage(cpu);
  return { wall: performance.now() - from, cpu: (used.user + used.system) / 1000, value };
}

/** Median of nine runs after one that is not counted. */
async function median(name: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  const runs = [];
  for (let run = 0; run < 9; run++) runs.push(await timed(work));
  runs.sort((a, b) => a.wall - b.wall);
  const middle = runs[4];
  console.log(
    `${name.padEnd(52)} ${middle?.wall.toFixed(1).padStart(9)} ms  cpu ${middle?.cpu.toFixed(1)} ms`,
  );
}

const home = await mkdtemp(join(tmpdir(), 'fenghuo-bench-'));
const stores = await openEmbeddedStores({ home, clock: { nowMs: () => Date.now() } });
try {
  const size = 2_000;
  let wall = 0;
  let cpu = 0;
  const batches: number[] = [];
  for (let number = 1; number <= eventCount / size; number++) {
    const frame = frameOf(number, size, { fromMs: START, total: eventCount });
    const run = await timed(() => stores.events.append([frame]));
    wall += run.wall;
    cpu += run.cpu;
    batches.push(run.wall);
  }
  batches.sort((a, b) => a - b);
  const [day] = await stores.events.days();
  console.log(
    `ingest ${eventCount} events: ${Math.round((eventCount / wall) * 1000)} docs/s, ` +
      `${Math.round((eventCount / cpu) * 1000)} docs per CPU second, ` +
      `batch median ${batches[batches.length >> 1]?.toFixed(0)} ms, worst ${batches.at(-1)?.toFixed(0)} ms, ` +
      `${((day?.bytes ?? 0) / eventCount).toFixed(0)} B a document, memory ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
  );

  const events: Record<string, Query> = {
    everything: ALL,
    'user.name and outcome': and(equals('user.name', 'user7'), equals('event.outcome', 'success')),
    'untyped path': equals('source.port', 22),
    'message contains': { kind: 'contains', path: 'message', value: 'user77 ' },
    'free text': { kind: 'text', pattern: [{ text: 'user77' }] },
    'regex, 1 hour': { kind: 'regex', path: 'message', source: 'user7[0-9] .*port 2\\d\\d ' },
  };
  for (const [name, query] of Object.entries(events)) {
    const range = name.endsWith('hour')
      ? { fromMs: START + 43_200_000, toMs: START + 46_800_000 }
      : { fromMs: START, toMs: START + 86_400_000 };
    await median(`search, newest 100, count: ${name}`, () =>
      stores.events.search(scope, { query, ...range }),
    );
    await median(`histogram, 60 buckets: ${name}`, () =>
      stores.events.histogram(scope, { query, ...range, stepMs: (range.toMs - range.fromMs) / 60 }),
    );
  }
  await median('terms of source.ip over all', () =>
    stores.events.terms(scope, { query: ALL, path: 'source.ip' }),
  );
  await median('terms of user.name over all', () =>
    stores.events.terms(scope, { query: ALL, path: 'user.name' }),
  );
  await median('get by id', () => stores.events.get(scope, `evt_${eventCount >> 1}`));

  let written = 0;
  const records = await timed(async () => {
    while (written < alertCount) {
      const operations = Array.from({ length: 100 }, () => {
        const number = ++written;
        const at = new Date(START + number * 250).toISOString();
        const value = alert({
          id: `alr_${String(number).padStart(8, '0')}`,
          unit: '/cn/gd/sz',
          severity: SEVERITIES[random(5)] ?? 'low',
          status: OPEN_ALERT_STATUSES[random(3)] ?? 'new',
          rule: { id: `rule_${random(200)}`, version: '0123456789ab', title: 'A rule', tags: [] },
          title: `Rule ${random(200)} fired`,
          host: `web-${random(2000)}`,
          sourceIp: `10.0.${random(256)}.${random(256)}`,
          entity: { kind: 'host', value: `web-${random(2000)}` },
          groupKey: `g${number}`,
          ...{ raisedAt: at, updatedAt: at, firstEventAt: at, lastEventAt: at },
        });
        return { kind: 'create' as const, collection: 'alerts' as const, value };
      });
      await stores.records.write(scope, operations);
    }
  });
  console.log(`records: ${Math.round((alertCount / records.wall) * 1000)} alerts/s in groups of 100`);
  const open = anyOf('status', OPEN_ALERT_STATUSES);
  const paths = [
    'severity',
    'status',
    'rule.id',
    'host',
    'assignee',
    'entity.value',
    'outcome',
    'disposition',
  ];
  const page = { query: open, limit: 50, sort: { path: 'severity', order: 'desc' as const } };
  await median('queue page, 50 by severity', () => stores.records.search(scope, 'alerts', page));
  await median('queue facets, 8 paths', () => stores.records.facets(scope, 'alerts', { query: open, paths }));
  await median('queue page and facets', () =>
    Promise.all([
      stores.records.search(scope, 'alerts', page),
      stores.records.facets(scope, 'alerts', { query: open, paths }),
    ]),
  );
  const text = and(open, { kind: 'text', pattern: [{ text: 'web-77' }] });
  await median('queue page and facets, free text', () =>
    Promise.all([
      stores.records.search(scope, 'alerts', { ...page, query: text }),
      stores.records.facets(scope, 'alerts', { query: text, paths }),
    ]),
  );
  const [one] = (await stores.records.search(scope, 'alerts', page)).items;
  if (one) {
    let version = one.version;
    await median('compare-and-set of one alert, synced', async () => {
      await stores.records.write(scope, [
        { kind: 'replace', collection: 'alerts', value: one.value, version: version++ },
      ]);
    });
  }
  await stores.close();
  const reopened = await timed(() => openEmbeddedStores({ home, clock: { nowMs: () => Date.now() } }));
  console.log(
    `open again: ${reopened.wall.toFixed(0)} ms, memory ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
  );
  await reopened.value.close();
} finally {
  await rm(home, { recursive: true, force: true });
}
