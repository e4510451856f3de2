/** `fenghuo backup` and `fenghuo restore`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FaultError } from '#kernel/errors.js';

import { readConfig } from '#server/config.js';
import { restoreHome } from '#server/offline.js';
import { UsageError, type Io } from './io.js';
import { operate } from './operations.js';

export async function backup(words: readonly string[], io: Io): Promise<number> {
  const folder = resolve(oneFolder(words));
  const done = await operate(io, 'backup', { folder });
  io.out(`${String(done['files'])} files, ${String(done['bytes'])} bytes in ${folder}\n`);
  return 0;
}

export async function restore(words: readonly string[], io: Io): Promise<number> {
  const folder = resolve(oneFolder(words));
  const config = readConfig(io.env);
  const result = await restoreHome(config, folder);
  if (!result.ok) throw new FaultError(result.fault);
  io.out(`${result.value.files} files, ${result.value.bytes} bytes restored into ${config.home}\n`);
  return 0;
}

function oneFolder(words: readonly string[]): string {
  const { positionals } = parseArgs({ args: [...words], allowPositionals: true, options: {} });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) throw new UsageError('give one FOLDER');
  return folder;
}
