import { spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultError } from '#kernel/errors.js';
import { ALL, equals } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { DAY_MS, frameMaker, NOON } from '../contract/frames.js';
import { alert, user } from '../contract/records.js';
import { lockHome } from './home-lock.js';
import { openEmbeddedStores, restoreEmbedded, verifyBackup } from './open.js';

const all = testScope({ realm: '*' });
const clock = { nowMs: () => NOON };
let root: string;
let home: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fenghuo-stores-'));
  home = join(root, 'home');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function faultOf(promise: Promise<unknown>): Promise<{ code: string; data?: unknown }> {
  return promise.then(
    () => ({ code: 'none' }),
    (error: unknown) => (error as FaultError).fault,
  );
}

describe('the lock of the home', () => {
  it('lets one in, tells the second who is there, and lets go on close', async () => {
    const stores = await openEmbeddedStores({ home, clock });
    const refused = await faultOf(openEmbeddedStores({ home, clock }));
    expect(refused).toEqual({ code: 'home_locked', data: { home, pid: process.pid } });
    await stores.close();
    await (await openEmbeddedStores({ home, clock })).close();
  });

  it('dies with its process', async () => {
    await mkdir(home);
    const code = `
      import { DatabaseSync } from '@photostructure/sqlite';
      globalThis.held = new DatabaseSync(process.argv[1]);
      held.exec('BEGIN EXCLUSIVE');
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, join(home, 'lock.db')], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    try {
      expect(() => lockHome(home)).toThrow(/another server/);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    lockHome(home).release();
  });
});

describe('backup and restore', () => {
  async function fill(): Promise<string> {
    const stores = await openEmbeddedStores({ home, clock });
    const frame = frameMaker();
    await stores.events.append([frame([{}, {}]), frame([{ fields: { n: 3 } }], NOON + DAY_MS)]);
    await stores.records.write(all, [
      { kind: 'create', collection: 'alerts', value: alert({ id: 'alr_1', host: 'web' }) },
      { kind: 'create', collection: 'users', value: user({ id: 'usr_1' }) },
    ]);
    const folder = join(root, 'backup');
    // Writing goes on meanwhile: the copy is of one moment or another, but whole.
    const [manifest] = await Promise.all([
      stores.backup(folder),
      stores.events.append([frame([{ fields: { n: 4 } }], NOON + DAY_MS)]),
    ]);
    expect(manifest.files.map((file) => file.path).filter((path) => !path.endsWith('.wal'))).toEqual([
      'events/2026-03-01.duckdb',
      'events/2026-03-02.duckdb',
      'records/records.db',
    ]);
    await stores.close();
    return folder;
  }

  it('brings everything back into an empty home', async () => {
    const folder = await fill();
    const target = join(root, 'restored');
    await restoreEmbedded(folder, target);
    const stores = await openEmbeddedStores({ home: target, clock });
    const page = await stores.events.search(all, { query: ALL, order: 'oldest' });
    expect(page.total).toBeGreaterThanOrEqual(3);
    expect(page.total).toBe((await stores.events.highWater('jrn_a')) === 3 ? 4 : 3);
    expect((await stores.records.search(all, 'alerts', { query: equals('host', 'web') })).total).toBe(1);
    expect((await stores.records.get(all, 'users', 'usr_1'))?.value.passwordHash).toBe('secret-hash');
    await stores.close();
  });

  const damages: Record<string, (folder: string) => Promise<void>> = {
    'a file is missing': (folder) => rm(join(folder, 'events/2026-03-01.duckdb')),
    'a file has grown': (folder) => appendFile(join(folder, 'records/records.db'), 'x'),
    'a byte has changed': async (folder) => {
      const file = join(folder, 'records/records.db');
      const bytes = await readFile(file);
      bytes[100] = (bytes[100] ?? 0) ^ 1;
      await writeFile(file, bytes);
    },
    'the manifest is missing': (folder) => rm(join(folder, 'manifest.json')),
    'the manifest is cut': async (folder) => {
      const file = join(folder, 'manifest.json');
      await writeFile(file, (await readFile(file)).subarray(0, 50));
    },
    'the manifest leads out of the folder': async (folder) => {
      const manifest = { format: 1, takenAt: '', files: [{ path: '../x', bytes: 0, sha256: '' }] };
      await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    },
  };
  for (const [title, damage] of Object.entries(damages))
    it(`refuses a backup that is not whole, and changes nothing: ${title}`, async () => {
      const folder = await fill();
      await damage(folder);
      const target = join(root, 'restored');
      await mkdir(target);
      expect(await faultOf(restoreEmbedded(folder, target))).toMatchObject({ code: 'backup_invalid' });
      expect(await readdir(target)).toEqual([]);
    });

  it('refuses a home that holds something, and a backup folder that does', async () => {
    const folder = await fill();
    expect(await faultOf(restoreEmbedded(folder, home))).toMatchObject({ code: 'folder_not_empty' });
    expect((await verifyBackup(folder)).files.length).toBeGreaterThan(2);
    const stores = await openEmbeddedStores({ home, clock });
    expect(await faultOf(stores.backup(folder))).toMatchObject({ code: 'folder_not_empty' });
    expect(await faultOf(restoreEmbedded(folder, home))).toMatchObject({ code: 'home_locked' });
    await stores.close();
  });
});
