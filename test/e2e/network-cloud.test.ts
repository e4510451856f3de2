/** Recordings of clouds and networks through the running server, sent by the product's own command. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, type Client } from '../client.js';
import { fenghuo } from '../command.js';
import { testData } from '../data.js';
import { startServer, until, type RunningServer } from '../server.js';
import { skipUnless } from '../skip.js';

const recordings = [
  testData('cloudtrail'),
  testData('zeek-range'),
  testData('otrf', 'compound'),
  testData('otrf', 'atomic', 'aws'),
];
const absent = recordings.find(({ present }) => !present);

interface Ledger {
  matches: number;
  unaccounted: number;
  frames: { events: number; gaps: unknown[] }[];
}

skipUnless(absent === undefined, absent?.reason ?? '').describe('recorded clouds and networks', () => {
  let server: RunningServer;
  let client: Client;
  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
  });

  it('are read from their archives, judged to the last event, and raise the alerts they should', async () => {
    const { code, out, err } = await fenghuo(
      ['replay', ...recordings.map(({ path }) => path), '--to', server.ingestUrl],
      { home: server.home },
    );
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d+ events sent to \S+\n$/)]);
    // What lies beside the logs and is none.
    for (const line of err.split('\n').filter(Boolean)) expect(line).toMatch(/passed over: it is no text/);
    const sent = Number.parseInt(out, 10);
    expect(sent).toBeGreaterThan(200_000);

    const ledger = await until(
      async () => {
        const now = await client.get<Ledger>('/ledger');
        return now.frames.reduce((sum, one) => sum + one.events, 0) >= sent && now;
      },
      `${sent} events to be judged`,
      240_000,
    );
    expect(ledger.frames.flatMap((one) => one.gaps)).toEqual([]);
    expect(ledger.unaccounted).toBe(0);

    const { items } = await client.get<Page<{ rule: { title: string } }>>('/alerts?limit=200');
    const titles = new Set(items.map(({ rule }) => rule.title));
    for (const title of [
      'Recording of cloud calls was stopped',
      'Administrator policy attached',
      'Disk snapshot shared outside of the account',
      'Storage bucket opened to everybody',
    ])
      expect(titles).toContain(title);

    const datasets = ['aws.cloudtrail', 'zeek.dns', 'zeek.kerberos', 'zeek.conn'];
    for (const dataset of datasets) {
      const page = await client.get<Page<{ fields: Record<string, unknown> }>>(
        `/events/search?q=${encodeURIComponent(`event.dataset: "${dataset}" and source.ip: *`)}&from=2015-01-01T00:00:00Z&limit=1`,
      );
      expect(page.items[0]?.fields['source.ip'], dataset).toBeTruthy();
    }
    console.log(`${sent} events, ${ledger.matches} matches of ${titles.size} rules`);
  }, 480_000);
});
