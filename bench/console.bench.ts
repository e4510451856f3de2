/** The console in Chromium with 100,000 open alerts and 2,000,000 events: cold load, script, route changes, keys to paint, scrolling, a storm. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../test/browser.js';
import { setUp } from '../test/client.js';
import { startServer } from '../test/server.js';
import { fillWithAlerts } from './alerts.js';
import { fillWithEvents } from './events.js';

const ALERTS = Number(process.env['BENCH_ALERTS'] ?? 100_000);
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 2_000_000);
/** New alerts a second, and for how long; five minutes is `BENCH_STORM_SECONDS=300`. */
const STORM = { perSecond: 200, seconds: Number(process.env['BENCH_STORM_SECONDS'] ?? 60) };

const home = await mkdtemp(join(tmpdir(), 'fenghuo-bench-'));
await fillWithAlerts(home, ALERTS);
await fillWithEvents(home, EVENTS);
const server = await startServer({ home, env: { FENGHUO_LOG: 'warn', FENGHUO_FLOOD_LIMIT: '999999' } });
const client = await setUp(server);
const [cookieName = '', cookieValue = ''] = client.cookie().split('=');
const browser = await launchBrowser();

const say = (what: string, told: string): void => console.log(`${what.padEnd(40)} ${told}`);
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);

async function fresh(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: 'zh-CN' });
  await context.addCookies([{ name: cookieName, value: cookieValue, url: server.url }]);
  return context.newPage();
}
const firstRow = (page: Page): Promise<void> => page.getByRole('row').nth(1).waitFor();

/** What the page's own clocks saw since it was asked last: from a key to the frame after it, and tasks over 50 ms. */
async function watched(page: Page): Promise<{ keys: number[]; tasks: number[] }> {
  return (await page.evaluate(
    '(() => { const w = window.benched; window.benched = { keys: [], tasks: [] }; return w; })()',
  )) as {
    keys: number[];
    tasks: number[];
  };
}
const WATCH = `
  window.benched = { keys: [], tasks: [] };
  // Event Timing would do, but without a screen Chromium tells of a frame only when a later one follows.
  const painted = new MessageChannel();
  let pressed = [];
  painted.port1.onmessage = () => { for (const at of pressed.splice(0)) window.benched.keys.push(performance.now() - at); };
  addEventListener('keydown', ({ timeStamp }) => {
    pressed.push(timeStamp);
    requestAnimationFrame(() => painted.port2.postMessage(0));
  }, true);
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.benched.tasks.push(one.duration);
  }).observe({ type: 'longtask', buffered: false });
`;

try {
  const loads: number[] = [];
  let script = 0;
  for (let run = 0; run < 7; run += 1) {
    const page = await fresh();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const scripts = new Set<string>();
    let bytes = 0;
    session.on(
      'Network.responseReceived',
      ({ requestId, type }) => void (type === 'Script' && scripts.add(requestId)),
    );
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength;
    });
    const begun = performance.now();
    await page.goto(`${server.url}/alerts`);
    await firstRow(page);
    loads.push(performance.now() - begun);
    script = bytes;
    await page.context().close();
  }
  say(
    'cold load to a usable queue',
    `median ${median(loads).toFixed(0)} ms, max ${Math.max(...loads).toFixed(0)} ms`,
  );
  say('script of the first load, compressed', `${(script / 1000).toFixed(0)} kB`);

  const page = await fresh();
  await page.addInitScript(WATCH);
  await page.goto(`${server.url}/alerts`);
  await firstRow(page);
  // Each page's code is there after its first visit; that is measured too.
  const changes: number[] = [];
  for (let round = 0; round < 5; round += 1)
    for (const path of ['/incidents', '/rules', '/events', '/overview', '/alerts']) {
      const begun = performance.now();
      await page.locator(`nav a[href="${path}"]`).first().click();
      await page.waitForURL((url) => url.pathname === path);
      await page.locator('main h1').first().waitFor();
      changes.push(performance.now() - begun);
    }
  say(
    'route change',
    `median ${median(changes).toFixed(0)} ms, p95 ${quantile(changes, 0.95).toFixed(0)} ms`,
  );

  await page.goto(`${server.url}/alerts`);
  await firstRow(page);
  await watched(page);
  const KEYS = 200;
  for (let press = 0; press < KEYS; press += 1) {
    const begun = performance.now();
    await page.keyboard.press(press % 10 === 9 ? 'x' : 'j');
    // As a held key repeats: thirty a second.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 33 - (performance.now() - begun))));
  }
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))');
  const { keys } = await watched(page);
  say(
    'key to paint',
    `p50 ${median(keys).toFixed(0)} ms, p95 ${quantile(keys, 0.95).toFixed(0)} ms of ${keys.length} presses`,
  );

  await page.locator('[role=grid]').hover();
  const loaded = async (): Promise<number> =>
    Math.round(Number(await page.evaluate('document.querySelector("[role=grid]").scrollHeight')) / 44);
  const begun = performance.now();
  let rows = await loaded();
  // Two windows and more at every turn of the wheel, down to the last row.
  while (rows < ALERTS && performance.now() - begun < 180_000) {
    for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 2_000);
    rows = await loaded();
  }
  const { tasks } = await watched(page);
  say(
    'scrolling the queue to its end',
    `${rows} rows in ${((performance.now() - begun) / 1000).toFixed(0)} s; longest task ${Math.max(0, ...tasks).toFixed(0)} ms, ${tasks.filter((ms) => ms > 100).length} over 100 ms`,
  );

  const heap = async (): Promise<number> => {
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize / 1e6;
  };
  await page.goto(`${server.url}/alerts`);
  await firstRow(page);
  const before = await heap();
  await watched(page);
  for (let second = 0; second < STORM.seconds; second += 1) {
    const begun = performance.now();
    const body = Array.from({ length: STORM.perSecond }, (_, at) =>
      JSON.stringify({
        message: `mallory${second}-${at} : user NOT in sudoers ; TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh`,
        ...{
          process: { name: 'sudo' },
          host: { name: `storm-${second}-${at}` },
          '@timestamp': new Date().toISOString(),
        },
      }),
    ).join('\n');
    await fetch(`${server.ingestUrl}/ingest`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - begun))));
  }
  const storm = await watched(page);
  const told = await page.getByRole('button', { name: /新告警/ }).innerText();
  say(
    `${STORM.perSecond} alerts a second for ${STORM.seconds} s`,
    `heap ${before.toFixed(0)} → ${(await heap()).toFixed(0)} MB, longest task ${Math.max(0, ...storm.tasks).toFixed(0)} ms; the page tells: ${told.replaceAll('\n', ' ')}`,
  );
} finally {
  await browser.close();
  await server.stop();
  await server.clean();
}
