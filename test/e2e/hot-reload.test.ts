/** Rules that are written, broken and mended while the server runs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert } from '#kernel/schema/alert.js';
import type { Page } from '#kernel/schema/pieces.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { setUp, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';

const rule = (title: string, id: string, word: string) => `title: ${title}
id: ${id}
status: test
logsource:
  product: linux
detection:
  selection:
    message|contains: ${word}
  condition: selection
level: high
`;
const FIRST = rule('A lantern is lit', '0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c01', 'lantern');
const SECOND = rule('A drum is heard', '0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c02', 'drumbeat');

describe('rules reloaded while the server runs', () => {
  let folder: string;
  let server: RunningServer;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-rules-'));
    server = await startServer({ env: { FENGHUO_RULES: folder } });
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
    await rm(folder, { recursive: true, force: true });
  });

  const ingest = (message: string, host: string) =>
    fetch(`${server.ingestUrl}/ingest`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify({ message, host: { name: host, os: { type: 'linux' } } })}\n`,
    });
  const titles = async () =>
    (await client.get<Page<Alert>>('/alerts?limit=100')).items.map(({ title }) => title).sort();
  const known = async (title: string) =>
    until(
      async () =>
        (await client.get<{ items: { title: string }[] }>('/rules')).items.some((one) => one.title === title),
      `the rule \`${title}\``,
    );
  const problems = async () => (await client.get<{ items: Diagnostic[] }>('/rules/diagnostics')).items;

  it('a new file judges what comes after it', async () => {
    await writeFile(join(folder, 'first.yml'), FIRST);
    await known('A lantern is lit');
    await ingest('the lantern burns', 'a');
    expect(await until(async () => (await titles()).length > 0 && titles(), 'the alert')).toEqual([
      'A lantern is lit',
    ]);
    expect(await problems()).toEqual([]);
  }, 60_000);

  it('a broken file is told with its place, and the others go on', async () => {
    await writeFile(join(folder, 'second.yml'), SECOND);
    await known('A drum is heard');
    await writeFile(
      join(folder, 'second.yml'),
      SECOND.replace('condition: selection', 'condition: selektion'),
    );
    const [problem] = await until(async () => {
      const now = await problems();
      return now.length > 0 && now;
    }, 'the diagnostic');
    expect(problem).toMatchObject({ severity: 'error', file: 'second.yml', line: 9, column: 14 });
    expect(problem?.message).toContain('selektion');
    await ingest('a drumbeat', 'b');
    await ingest('the lantern burns', 'c');
    await until(async () => (await titles()).length === 2, 'the alert of the sound rule');
    expect(new Set(await titles())).toEqual(new Set(['A lantern is lit']));
  }, 60_000);

  it('a mended file judges again', async () => {
    await writeFile(join(folder, 'second.yml'), SECOND);
    await until(async () => (await problems()).length === 0, 'the diagnostic to go');
    await ingest('a drumbeat', 'd');
    await until(async () => (await titles()).includes('A drum is heard'), 'the alert of the mended rule');
  }, 60_000);

  it('a pipeline gives a rule the values that it lacks, and its text says which', async () => {
    const title = 'A horn is blown';
    const id = '0a4de1e4-5b0c-4d9c-9a52-6b6f3b1a2c03';
    await writeFile(
      join(folder, 'third.yml'),
      rule(title, id, "'%signal%'").replace('|contains', '|contains|expand'),
    );
    await until(
      async () => (await problems()).some(({ code }) => code === 'sigma.value.undefined_placeholder'),
      'the diagnostic',
    );
    const pipeline = '{ vars: { signal: horn }, transformations: [{ type: value_placeholders }] }\n';
    await writeFile(join(folder, 'site.pipeline.yml'), pipeline);
    await known(title);
    expect(await problems()).toEqual([]);
    expect((await client.get<{ text: string }>(`/rules/${id}`)).text).toContain(
      '# site.pipeline.yml: {value_placeholders: {signal: [horn]}}\n',
    );
    await ingest('the horn sounds', 'e');
    await until(async () => (await titles()).includes(title), 'the alert of the rule');
  }, 60_000);
});
