/** Tracing over recordings of real attacks: the tree must be the one that the attack made. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { normalize } from '#collector/normalizers/normalize.js';
import { growNode } from '#incidents/tracing/grow.js';
import { traceProcess } from '#incidents/tracing/trace-process.js';
import type { Event } from '#kernel/event.js';
import { parseQuery } from '#kernel/query/parse.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import { createMemoryEventStore } from '#store/memory/event-store.js';
import { testData } from './data.js';
import { findProgram } from './programs.js';
import { skipUnless } from './skip.js';

const bypass = testData(
  'otrf',
  'atomic',
  'windows',
  'defense_evasion',
  'host',
  'psh_cmstp_execution_bypassuac.zip',
);
const launcher = testData('otrf', 'atomic', 'windows', 'execution', 'host', 'empire_launcher_vbs.zip');
const unzip = findProgram('unzip');
const ready = skipUnless(
  bypass.present && launcher.present && unzip.path !== undefined,
  bypass.present && launcher.present ? unzip.reason : bypass.reason,
);
const { scope } = authorizeSystem('test');

async function recorded(path: string) {
  const lines = execFileSync(unzip.path ?? '', ['-p', path], { maxBuffer: 2 ** 28 })
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const events = lines.map((line, index): Event => {
    const made = normalize({ value: JSON.parse(line) as Record<string, unknown> }, {
      receivedMs: 0,
    } as Parameters<typeof normalize>[1]);
    return {
      ...{ id: `evt_${index}`, seq: index + 1, ingestedMs: 0, timeMs: made.timeMs, fields: made.fields },
      ...{ unit: '/', realm: 'live', classification: 1, source: 'src_x' },
    };
  });
  const store = createMemoryEventStore();
  await store.append([{ journal: 'jrn_x', number: 1, ingestedMs: 0, firstSeq: 1, events }]);
  const find = (code: string, name: string): Event => {
    const event = events.find(
      ({ fields }) => String(fields['event.code']) === code && fields['process.name'] === name,
    );
    if (!event) throw new Error(`no ${code} of ${name}`);
    return event;
  };
  return { store, find };
}

async function linesOf({ store }: Awaited<ReturnType<typeof recorded>>, event: Event): Promise<string[]> {
  const trace = await traceProcess(store, scope, { event, beforeMs: 3_600_000, afterMs: 3_600_000 });
  if ('missing' in trace) throw new Error(trace.missing);
  const nameOf = (id: string | undefined) => trace.nodes.find((node) => node.id === id)?.name ?? '-';
  return trace.nodes.map((node) => `${nameOf(node.parent)} > ${node.name}`.toLowerCase());
}

ready.describe('recorded attacks', () => {
  it('a CMSTP bypass: the shell hangs on the COM surrogate, not on cmstp', async () => {
    const recording = await recorded(bypass.path);
    const expected = [
      '- > svchost.exe',
      'svchost.exe > dllhost.exe',
      'dllhost.exe > cmd.exe',
      'cmd.exe > whoami.exe',
      'cmd.exe > conhost.exe',
    ];
    expect(await linesOf(recording, recording.find('1', 'whoami.exe'))).toEqual(expected);
    // The same process as the Security log tells of it, with pids alone.
    expect(await linesOf(recording, recording.find('4688', 'whoami.exe'))).toEqual(expected);
  });

  it('a script launcher: explorer, wscript, powershell and what it ran, each once in spite of two logs', async () => {
    const recording = await recorded(launcher.path);
    const lines = await linesOf(recording, recording.find('4688', 'powershell.exe'));
    expect(lines).toEqual([
      '- > explorer.exe',
      'explorer.exe > wscript.exe',
      'wscript.exe > powershell.exe',
      'powershell.exe > conhost.exe',
      'powershell.exe > whoami.exe',
    ]);
  });

  it('a node’s edges count the logs that their queries find', async () => {
    const { store } = await recorded(launcher.path);
    const node = {
      kind: 'process',
      value: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    } as const;
    const { edges } = await growNode(store, scope, { node, fromMs: 0, toMs: 2e12 });
    expect(edges.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['connected', 'started', 'wrote']));
    for (const { query, count } of edges) {
      const parsed = parseQuery(query ?? '');
      if (!parsed.ok) throw new Error(query);
      expect((await store.search(scope, { query: parsed.value, limit: 1 })).total, query).toBe(count);
    }
  });
});
