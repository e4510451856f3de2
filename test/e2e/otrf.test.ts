/** The Windows archives of real attack recordings through the running server, with the corpus's rules loaded. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, type Client } from '../client.js';
import { testData } from '../data.js';
import { findProgram } from '../programs.js';
import { skipUnless } from '../skip.js';
import { startServer, until, type RunningServer } from '../server.js';

const archives = testData('otrf', 'atomic', 'windows');
const corpus = testData('sigma', 'rules.tar.xz');
const unzip = findProgram('unzip');
const ready = skipUnless(
  archives.present && corpus.present && unzip.path !== undefined,
  !archives.present ? archives.reason : !corpus.present ? corpus.reason : unzip.reason,
);

interface Ledger {
  matches: number;
  unaccounted: number;
  frames: { head: number; judgedThrough: number; events: number; gaps: unknown[] }[];
}

ready.describe('recorded Windows attacks through the server', () => {
  let server: RunningServer;
  let client: Client;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-corpus-'));
    execFileSync('tar', ['xf', corpus.path, '-C', folder]);
    server = await startServer({ env: { FENGHUO_RULES: folder } });
    client = await setUp(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
    await rm(folder, { recursive: true, force: true });
  });

  /** Of rules that matched often, and of some that matched seldom: the same number of matches among the stored events. */
  async function agreesWithHunts(): Promise<void> {
    const { items } =
      await client.get<Page<{ id: string; ledger: { matches: number } }>>('/rules?limit=10000');
    const matched = items
      .filter(({ ledger }) => ledger.matches > 0 && ledger.matches < 3_000)
      .sort((a, b) => b.ledger.matches - a.ledger.matches);
    const chosen = [...matched.slice(0, 2), ...matched.slice(-3)];
    expect(chosen.length).toBe(5);
    for (const { id, ledger } of chosen) {
      const { id: hunt } = await client.post<{ id: string }>(`/rules/${encodeURIComponent(id)}/hunts`, {
        from: 'now-3600d',
      });
      const found = await until(
        async () => {
          const shown = await client.get<{ matches: number; progress: { state: string; message?: string } }>(
            `/hunts/${hunt}`,
          );
          return shown.progress.state !== 'running' && shown;
        },
        `the hunt of ${id}`,
        180_000,
      );
      expect([id, found.progress.state, found.matches]).toEqual([id, 'done', ledger.matches]);
    }
  }

  it('judges every event of every archive and raises alerts that can be opened', async () => {
    let sent = 0;
    const names = (await readdir(archives.path, { recursive: true }))
      .filter((name) => name.endsWith('.zip'))
      .sort();
    for (const name of names) {
      const lines = execFileSync(unzip.path ?? '', ['-p', join(archives.path, name)], { maxBuffer: 2 ** 30 })
        .toString('utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'));
      for (let from = 0; from < lines.length; from += 2000) {
        const body = `${lines.slice(from, from + 2000).join('\n')}\n`;
        await until(
          async () => {
            const answer = await fetch(`${server.ingestUrl}/ingest`, {
              method: 'POST',
              headers: { 'content-type': 'application/x-ndjson' },
              body,
            });
            return answer.ok;
          },
          'the batch to be accepted',
          60_000,
        );
      }
      sent += lines.length;
    }
    const ledger = await until(
      async () => {
        const now = await client.get<Ledger>('/ledger');
        return now.frames.reduce((sum, one) => sum + one.events, 0) >= sent && now;
      },
      `${sent} events to be judged`,
      300_000,
    );
    expect(ledger.frames.flatMap((one) => one.gaps)).toEqual([]);
    expect(ledger.unaccounted).toBe(0);
    expect(ledger.matches).toBeGreaterThan(1000);
    const page = await client.get<Page<{ id: string; severity: string }>>(
      '/alerts?status=open&sort=severity&order=desc&limit=20',
    );
    expect(page.total).toBeGreaterThan(100);
    for (const { id } of page.items) {
      const alert = await client.get<{
        first: { event: { fields: Record<string, unknown> }; matched: unknown[] };
      }>(`/alerts/${id}`);
      expect(alert.first.event.fields['event.code']).toBeTruthy();
      expect(alert.first.matched.length).toBeGreaterThan(0);
    }
    await until(
      async () => {
        const { checks } = (await (await fetch(`${server.url}/readyz`)).json()) as {
          checks: { detail?: string }[];
        };
        return (
          checks.some(({ detail }) => detail === '0 frames behind') &&
          checks.every(({ detail }) => !/^[1-9]/.test(detail ?? ''))
        );
      },
      'everything to be stored',
      300_000,
    );
    await agreesWithHunts();
    console.log(
      `${names.length} archives, ${sent} events, ${ledger.matches} matches, ${page.total} open alerts`,
    );
  }, 600_000);
});
