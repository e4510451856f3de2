/** Probing this machine: readable or not, and which group is missing. */
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { skipUnless } from '#test/skip.js';
import { owningGroup, unreadable } from './access-right.js';
import { probeLocal } from './local.js';

it('lists the files that exist, with their format', async () => {
  const root = await mkdtemp(join(tmpdir(), 'probe-'));
  await mkdir(join(root, 'var/log/nginx'), { recursive: true });
  await writeFile(join(root, 'var/log/auth.log'), 'x\n');
  await writeFile(join(root, 'var/log/nginx/access.log'), '');
  const { files, journald } = await probeLocal(root);
  expect(files).toEqual([
    { path: join(root, 'var/log/auth.log'), format: 'syslog', bytes: 2, readable: true },
    { path: join(root, 'var/log/nginx/access.log'), format: 'nginx', bytes: 0, readable: true },
  ]);
  expect(journald.available || (journald.reason ?? '') !== '').toBe(true);
  await rm(root, { recursive: true });
});

skipUnless(process.getuid?.() === 0, 'only root can give a file to another group').it(
  'names the group that owns an unreadable file',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'probe-'));
    const path = join(root, 'auth.log');
    await writeFile(path, '');
    await chown(path, 0, 4);
    await chmod(path, 0o640);
    expect(await owningGroup(path)).toBe('adm');
    const error: NodeJS.ErrnoException = Object.assign(new Error('no'), { code: 'EACCES' });
    expect((await unreadable(path, error)).data).toMatchObject({
      reason: 'no permission; it belongs to group adm',
      how: 'add the user that runs Fenghuo to group adm and start it again',
      group: 'adm',
    });
    await rm(root, { recursive: true });
  },
);
