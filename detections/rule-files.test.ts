import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow } from './rule-files.js';

it('lists files and links to files, and follows no link to a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'));
  await mkdir(join(folder, 'linux/ssh'), { recursive: true });
  for (const name of ['b.yml', 'linux/a.yml', 'linux/ssh/c.yml']) await writeFile(join(folder, name), '');
  await symlink('.', join(folder, 'loop'));
  await symlink('/', join(folder, 'linux/root'));
  await symlink('b.yml', join(folder, 'link.yml'));
  expect(filesBelow(folder)).toEqual([
    ...['b.yml', 'link.yml', 'linux/a.yml', 'linux/root', 'linux/ssh/c.yml', 'loop'],
  ]);
  expect(() => filesBelow(join(folder, 'none'))).toThrow('ENOENT');
  await rm(folder, { recursive: true });
});
