/** Replays: pace, shifted clocks, cancelling, and the recording that comes with the product. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryIntake, placement } from './intake.fixture.js';
import { SourceCounters } from './observer.js';
import { replayRecording, type ReplayOptions } from './recording.js';
import { listRecordings } from './recordings.js';

const NOW = Date.UTC(2027, 0, 1);
const FIRST = Date.UTC(2026, 10, 22, 10);
let folder: string;
let intake: MemoryIntake;
let nowMs: number;
let waits: number[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
  const lines = [0, 10, 60].map((second) =>
    JSON.stringify({ '@timestamp': FIRST + second * 1000, message: `at ${second}` }),
  );
  await writeFile(join(folder, 'plain.ndjson'), lines.join('\n'));
  await writeFile(join(folder, 'packed.ndjson.gz'), gzipSync(lines.join('\n') + '\n'));
  await writeFile(
    join(folder, 'raw.ndjson'),
    `${JSON.stringify({ at: '2020-01-01T00:00:05Z', format: 'syslog', raw: '<38>Dec 31 23:59:59 gov sshd[1]: Invalid user a from 192.0.2.1' })}\nbroken {\n`,
  );
  await writeFile(join(folder, 'broken.gz'), Buffer.from([0x1f, 0x8b, 1, 2, 3]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  intake = new MemoryIntake();
  nowMs = NOW;
  waits = [];
});

const replay = (file: string, more: Partial<ReplayOptions> = {}) =>
  replayRecording({
    path: resolve(folder, file),
    placement,
    intake,
    observer: new SourceCounters(),
    clock: { nowMs: () => nowMs },
    wait: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    ...more,
  });
const times = () => intake.events.map((event) => event.timeMs);

it.each(['plain.ndjson', 'packed.ndjson.gz'])('replays %s as it was, at once', async (file) => {
  expect(await replay(file)).toEqual({ ok: true, value: { events: 3, cancelled: false } });
  expect(times()).toEqual([FIRST, FIRST + 10_000, FIRST + 60_000]);
  expect(waits).toEqual([]);
});

describe('shifted to now', () => {
  it.each([
    ['at once', undefined, [], NOW],
    ['ten times as fast', 10, [1_000, 5_000], NOW + 6_000],
    ['as it was', 1, [10_000, 50_000], NOW + 60_000],
    ['at half speed', 0.5, [20_000, 100_000], NOW + 60_000],
  ])('%s, with its intervals kept and nothing in the future', async (_name, speed, paused, end) => {
    await replay('plain.ndjson', { shift: 'now', ...(speed !== undefined && { speed }) });
    expect(waits).toEqual(paused);
    expect(times()).toEqual([end - 60_000, end - 50_000, end]);
    expect(Math.max(...times())).toBeLessThanOrEqual(nowMs);
  });
});

it('tells its progress and can be cancelled', async () => {
  const cancel = new AbortController();
  const seen: unknown[] = [];
  const result = await replay('plain.ndjson', {
    speed: 1,
    signal: cancel.signal,
    onProgress: (progress) => {
      seen.push(progress);
      if (progress.done === 2) cancel.abort();
    },
  });
  expect(result).toEqual({ ok: true, value: { events: 2, cancelled: true } });
  expect(seen).toEqual([
    { done: 1, total: 3 },
    { done: 2, total: 3 },
  ]);
});

it('reads raw lines against their own time of receipt, and keeps broken ones', async () => {
  await replay('raw.ndjson');
  expect(intake.events[0]).toMatchObject({
    timeMs: Date.UTC(2019, 11, 31, 23, 59, 59),
    fields: { 'source.ip': '192.0.2.1' },
  });
  expect(intake.events[1]?.fields['event.original']).toBe('broken {');
});

it.each(['absent.ndjson', 'broken.gz'])('says why it cannot read %s', async (file) => {
  expect(await replay(file)).toMatchObject({ ok: false, fault: { code: 'source_unreadable' } });
});

describe('the recording that comes along', () => {
  const shipped = resolve(import.meta.dirname, '../recordings');

  it('tells the story: attack, success, sudo', async () => {
    const [recording] = await listRecordings(shipped);
    expect(recording?.id).toBe('ssh-brute-force');
    await replay(recording?.path as string, { shift: 'now' });
    expect(intake.events).toHaveLength(recording?.events as number);
    const of = (path: string, value: string) => intake.events.filter((event) => event.fields[path] === value);
    const failed = of('system.auth.ssh.event', 'Failed');
    const accepted = of('system.auth.ssh.event', 'Accepted');
    expect(failed.length).toBeGreaterThan(150);
    expect(new Set(failed.map((event) => event.fields['source.ip'])).size).toBeGreaterThanOrEqual(5);
    expect(new Set(failed.map((event) => event.fields['user.name'])).size).toBeGreaterThanOrEqual(12);
    expect(accepted.map((event) => event.fields['user.name'])).toEqual(['webops', 'webops', 'backup2']);
    const beforeSuccess = failed.filter((event) => event.fields['user.name'] === 'webops');
    expect(beforeSuccess.length).toBeGreaterThan(20);
    expect(Math.max(...beforeSuccess.map((event) => event.timeMs))).toBeLessThan(
      accepted[0]?.timeMs as number,
    );
    for (const action of [
      'sudo_command',
      'sudo_command_not_allowed',
      'sudo_wrong_password',
      'sudo_not_in_sudoers',
      'ssh_max_attempts',
    ])
      expect(of('event.action', action).length, action).toBeGreaterThan(0);
    // The name that reads like the rest of a line does not change who attacked.
    expect(intake.events.filter((event) => event.fields['source.ip'] === '203.0.113.9')).toEqual([]);
    expect(new Set(intake.events.map((event) => event.fields['host.name']))).toEqual(
      new Set(['gov-portal-02']),
    );
    expect(intake.events.filter((event) => event.fields['event.kind'] !== 'event')).toEqual([]);
    expect(Math.max(...times())).toBe(NOW);
  });
});
