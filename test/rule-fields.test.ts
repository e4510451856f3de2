/** `fenghuo rules fields` and the warnings of `fenghuo rules check` on log sources. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rules } from '../cli/rules.js';
import type { Io } from '../cli/io.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fenghuo-fields-'));
  writeFileSync(
    join(folder, 'rule.yml'),
    'title: T\nid: t\nlogsource: { product: acme, service: vpn }\ndetection: { s: { peer: x, user.name: y }, condition: s }\nlevel: low\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    input: () => Promise.resolve(''),
    env: {},
    interactive: false,
    verbose: false,
    signal: new AbortController().signal,
  };
  return { code: await rules(words, io), out, err };
}

it('lists what rules ask for, and where it lies', async () => {
  const { code, out } = await run('fields', '--rules', folder);
  expect(code).toBe(0);
  expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['log source', 'field', 'rules', 'paths'],
    ['acme / vpn', 'peer', '1', 'peer'],
    ['acme / vpn', 'user.name', '1', 'user.name'],
    [''],
  ]);
});

it('tells what given logs do not have', async () => {
  const log = join(folder, 'log.ndjson');
  writeFileSync(
    log,
    '{"event.dataset":"acme.vpn","user.name":"y"}\n{"event.dataset":"acme.web","peer":"x"}\n',
  );
  const { code, out } = await run('fields', '--rules', folder, log, '--json');
  expect(code).toBe(0);
  const { events, sources } = JSON.parse(out) as { events: number; sources: unknown[] };
  expect(events).toBe(2);
  expect(sources).toEqual([
    {
      logsource: { product: 'acme', service: 'vpn' },
      delivery: expect.stringContaining('change_logsource') as string,
      rules: ['t'],
      events: 1,
      fields: [
        { field: 'peer', paths: ['peer'], rules: ['t'], seen: 0 },
        { field: 'user.name', paths: ['user.name'], rules: ['t'], seen: 1 },
      ],
    },
  ]);
  const table = await run('fields', '--rules', folder, log);
  expect(table.out).toMatch(/acme \/ vpn +1 +1 +2 +1\n/);
  expect(table.out).toMatch(/\nacme \/ vpn +peer +1 +peer\n/);
  const absent = await run('fields', '--rules', folder, join(folder, 'absent.log'));
  expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('absent.log')]);
});

it('warns of a log source that nothing makes, once, with what would bring it', async () => {
  const { code, out } = await run('check', folder);
  expect(code).toBe(0);
  expect(out).toBe(
    `${join(folder, 'rule.yml')}:3:1: warning: no normalizer makes events of \`acme / vpn\`: the rule waits for events with event.dataset: "acme.vpn" or event.module: "acme" and event.dataset: "vpn" [sigma.logsource.unknown]\n` +
      '  → send them with these fields, or say in a pipeline where they lie: `change_logsource` with `events` (docs/rules.md)\n' +
      '1 rules are good, 0 failed, 1 problems\n',
  );
});
