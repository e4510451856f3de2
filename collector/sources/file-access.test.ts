import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultError } from '#kernel/errors.js';
import { openLogFile, refusedPath, type FileAccess } from './file-access.js';

let top: string;
let access: FileAccess;
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'access-'));
  for (const folder of ['logs/app', 'logs-of-others', 'logs/home'])
    await mkdir(join(top, folder), { recursive: true });
  for (const file of ['logs/a.log', 'logs-of-others/b.log', 'logs/home/records.db', 'secret'])
    await writeFile(join(top, file), 'line\n');
  await symlink(join(top, 'secret'), join(top, 'logs/to-secret'));
  await symlink(join(top, 'logs/a.log'), join(top, 'logs/to-log'));
  await symlink(top, join(top, 'logs/up'));
  await symlink(join(top, 'logs/home'), join(top, 'logs/to-home'));
  await symlink('/proc/self', join(top, 'logs/to-proc'));
  execFileSync('mkfifo', [join(top, 'logs/pipe')]);
  access = { roots: [join(top, 'logs')], closed: [join(top, 'logs/home')] };
});
afterAll(() => rm(top, { recursive: true, force: true }));

it.each(['logs/a.log', 'logs/to-log', 'logs/app/../a.log'])('opens %s', async (name) => {
  const handle = await openLogFile(join(top, name), access);
  await handle.close();
});

it.each([
  ['secret', /outside/],
  ['logs/../secret', /outside/],
  ['logs-of-others/b.log', /outside/],
  ['logs/to-secret', /leads outside/],
  ['logs/up/secret', /leads outside/],
  ['logs/home/records.db', /no log file/],
  ['logs/to-home/records.db', /no log file/],
  ['logs/to-proc/environ', /no log file/],
  ['logs/app', /no regular file/],
  ['logs/pipe', /no regular file/],
])('refuses %s', async (name, reason) => {
  const refusal = await openLogFile(join(top, name), access).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(FaultError);
  const { fault } = refusal as FaultError;
  expect([fault.code, fault.data?.['reason']]).toEqual(['source_unreadable', expect.stringMatching(reason)]);
});

it.each(['/proc/self/environ', '/dev/zero', '/sys/kernel/notes'])(
  'refuses %s also below a root of /',
  async (path) => {
    expect(await refusedPath(path, { roots: ['/'], closed: [] })).toMatchObject({
      code: 'source_unreadable',
    });
  },
);

it('lets a file be named that is not there yet', async () => {
  expect(await refusedPath(join(top, 'logs/later.log'), access)).toBeUndefined();
  await expect(openLogFile(join(top, 'logs/later.log'), access)).rejects.toMatchObject({ code: 'ENOENT' });
});
