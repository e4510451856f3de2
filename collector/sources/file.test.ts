/** Following files: rotation of both kinds, truncation, restarts, positions only after acceptance. */
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fault } from '#kernel/errors.js';
import { FileSource, type FileSourceOptions } from './file.js';
import { MemoryIntake, MemoryPositions, placement } from './intake.fixture.js';
import { SourceCounters } from './observer.js';
import { readFilePosition } from './position.js';

let folder: string;
let path: string;
let intake: MemoryIntake;
let positions: MemoryPositions;
let counters: SourceCounters;
let opened: FileSource[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tail-'));
  path = join(folder, 'app.log');
  intake = new MemoryIntake();
  positions = new MemoryPositions();
  counters = new SourceCounters();
  opened = [];
});
afterEach(async () => {
  for (const source of opened) await source.stop();
  await rm(folder, { recursive: true, force: true });
});

function source(more: Partial<FileSourceOptions> = {}): FileSource {
  const made = new FileSource({
    path,
    access: { roots: [folder], closed: [] },
    placement: { ...placement, format: 'text' },
    intake,
    observer: counters,
    positions,
    ...more,
  });
  opened.push(made);
  return made;
}

it('reads what is there, waits for the end of a line, and reads what comes', async () => {
  await writeFile(path, 'one\ntwo\nthr');
  const tail = source();
  await tail.poll();
  expect(intake.messages).toEqual(['one', 'two']);
  await appendFile(path, 'ee\r\nfour\n');
  await tail.poll();
  expect(intake.messages).toEqual(['one', 'two', 'three', 'four']);
  expect(intake.events[0]?.fields['log.file.path']).toBe(path);
  expect(counters).toMatchObject({ events: 4, bytes: 15, current: 'running' });
});

it('begins at the end where told to', async () => {
  await writeFile(path, 'old\n');
  const tail = source({ from: 'end' });
  await tail.poll();
  await appendFile(path, 'new\n');
  await tail.poll();
  expect(intake.messages).toEqual(['new']);
});

it('waits for a file that is not there yet', async () => {
  const tail = source();
  await tail.poll();
  expect(counters).toMatchObject({ current: 'waiting', fault: { code: 'source_unreadable' } });
  await writeFile(path, 'one\n');
  await tail.poll();
  expect(intake.messages).toEqual(['one']);
  expect(counters.current).toBe('running');
});

it('follows a rotation by rename, with what was written before and after', async () => {
  await writeFile(path, 'one\n');
  const tail = source();
  await tail.poll();
  await appendFile(path, 'two\nlast without end');
  await rename(path, `${path}.1`);
  await tail.poll();
  await writeFile(path, 'three\n');
  await tail.poll();
  expect(intake.messages).toEqual(['one', 'two', 'last without end', 'three']);
});

it.each([
  ['shorter than before', 'two\n'],
  ['already longer than before', 'a second, quite different beginning\nof a longer file\n'],
])('follows copytruncate when the new content is %s', async (_name, content) => {
  await writeFile(path, 'one, long enough\n');
  const tail = source();
  await tail.poll();
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  await appendFile(path, content);
  await tail.poll();
  expect(intake.messages).toEqual(['one, long enough', ...content.trim().split('\n')]);
});

it('goes on after a restart where the journal had accepted', async () => {
  await writeFile(path, 'one\ntwo\nthr');
  const first = source();
  await first.poll();
  await first.stop();
  expect(readFilePosition(positions.saved.get('src_test'))).toMatchObject({ offset: 8 });
  await appendFile(path, 'ee\n');
  await source().poll();
  expect(intake.messages).toEqual(['one', 'two', 'three']);
});

it('catches up from the renamed file after a restart, and leaves compressed ones alone', async () => {
  await writeFile(path, 'one\n');
  const first = source();
  await first.poll();
  await first.stop();
  await appendFile(path, 'two\n');
  await rename(path, `${path}.1`);
  await writeFile(`${path}.2.gz`, gzipSync('zero\n'));
  await writeFile(path, 'three\n');
  await source().poll();
  expect(intake.messages).toEqual(['one', 'two', 'three']);
  expect(counters.lostBy.size).toBe(0);
});

it('tells when the file it stood in is gone', async () => {
  await writeFile(path, 'one\n');
  const first = source();
  await first.poll();
  await first.stop();
  await unlink(path);
  await writeFile(path, 'two\n');
  await source().poll();
  expect(intake.messages).toEqual(['one', 'two']);
  expect(counters.lostBy).toEqual(new Map([['file_rotated_away', 0]]));
});

it('keeps its position while the journal refuses, and waits', async () => {
  await writeFile(path, 'one\n');
  intake.refusal = fault('disk_full');
  const tail = source();
  const polled = tail.poll();
  while (intake.refused === 0) await new Promise(setImmediate);
  expect(counters).toMatchObject({ current: 'waiting', fault: { code: 'disk_full' } });
  expect(positions.saved.size).toBe(0);
  await tail.stop();
  await polled;
  intake.refusal = undefined;
  await source().poll();
  expect(intake.messages).toEqual(['one']);
});

/** A reader that is killed after the journal accepted, and before the position was saved. */
async function crash(): Promise<void> {
  await source({
    positions: { load: (id) => positions.load(id), save: () => Promise.reject(new Error('killed')) },
  }).poll();
}

describe('after a crash between acceptance and the saved position', () => {
  it('what is read again is known to the journal', async () => {
    await writeFile(path, 'one\n');
    await source().poll();
    await appendFile(path, 'two\ntwo\n');
    await crash();
    await appendFile(path, 'three\n');
    await source().poll();
    expect(intake.messages).toEqual(['one', 'two', 'two', 'three']);
    expect(intake.batches).toEqual([1, 2, 3]);
  });

  it.each<[string, () => Promise<void>]>([
    ['a first start', async () => undefined],
    ['a rename', () => rename(path, `${path}.1`)],
    ['a deletion', () => unlink(path)],
    ['a truncation', () => truncate(path, 0)],
  ])('so it is at the beginning of a file after %s', async (why, rotate) => {
    const first = why === 'a first start' ? [] : ['same', 'old'];
    if (first.length > 0) {
      await writeFile(path, 'same\nold\n');
      await source().poll();
      await rotate();
    }
    await appendFile(path, 'same\nnew line, longer\n');
    await crash();
    await appendFile(path, 'more\n');
    await source().poll();
    expect(intake.messages).toEqual([...first, 'same', 'new line, longer', 'more']);
  });

  it('another text at the same place is another line', async () => {
    await writeFile(path, 'one\n');
    await crash();
    await writeFile(path, 'two\n');
    await source().poll();
    expect(intake.messages).toEqual(['one', 'two']);
  });
});

it('takes the same line after every truncation, however often', async () => {
  await writeFile(path, 'up\nand running\n');
  const tail = source();
  await tail.poll();
  for (let round = 0; round < 3; round += 1) {
    await truncate(path, 0);
    await tail.poll();
    await appendFile(path, 'up\n');
    await tail.poll();
  }
  expect(intake.messages).toEqual(['up', 'and running', 'up', 'up', 'up']);
});

it('cuts lines that are too long, and flags bytes that are no text', async () => {
  await writeFile(
    path,
    Buffer.concat([Buffer.from(`${'x'.repeat(5_000)}\nok\n`), Buffer.from([0xff, 0x0a])]),
  );
  await source({ lineBytes: 1_000 }).poll();
  expect(intake.events.map((event) => event.fields['event.kind'])).toEqual([
    'pipeline_error',
    'event',
    'event',
  ]);
  expect(String(intake.events[0]?.fields['event.original'])).toHaveLength(1_000);
  expect(intake.events[2]?.fields['tags']).toEqual(['invalid_utf8']);
});

it('reads large files in bounded batches', async () => {
  const lines = Array.from({ length: 30_000 }, (_, n) => `line ${n} ${'x'.repeat(n % 50)}`);
  await writeFile(path, lines.join('\n') + '\n');
  await source().poll();
  expect(intake.messages).toEqual(lines);
  expect(Math.max(...intake.batches)).toBeLessThanOrEqual(1_000);
});

it('reads columns by the header of their file, also after a restart and a rotation', async () => {
  const header = (path: string) =>
    `#separator \\x09\n#path\t${path}\n#fields\tts\tname\n#types\ttime\tstring\n`;
  const zeek = { placement: { ...placement, format: 'auto' as const } };
  await writeFile(path, `${header('weird')}1795680000\tone\n`);
  const before = source(zeek);
  await before.poll();
  await before.stop();
  await appendFile(path, '1795680001\ttwo\n');
  const after = source(zeek);
  await after.poll();
  await rename(path, `${path}.1`);
  await writeFile(path, `${header('software')}1795680002\tthree\n`);
  await after.poll();
  const read = intake.events.map(({ fields }) => [fields['event.dataset'], fields['event.original']]);
  expect(read).toEqual([
    ['zeek.weird', '1795680000\tone'],
    ['zeek.weird', '1795680001\ttwo'],
    ['zeek.software', '1795680002\tthree'],
  ]);
});

it('gives every record of an envelope an identifier of its own', async () => {
  await writeFile(path, '{"Records":[{"a":1},{"a":2}]}\n');
  await source({ placement: { ...placement, format: 'auto' } }).poll();
  expect(new Set(intake.events.map(({ senderId }) => senderId)).size).toBe(2);
});
