import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printable } from './files.js';
import { readLogs } from './records.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'fenghuo-archives-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Lines by log, names relative to the folder, and what was passed over. */
async function read(path: string) {
  const logs: Record<string, unknown[]> = {};
  const passedOver: Record<string, string> = {};
  const short = (name: string) => name.slice(folder.length + 1);
  for await (const log of readLogs(path, ({ name, reason }) => (passedOver[short(name)] = reason))) {
    const lines: unknown[] = [];
    for await (const batch of log.batches)
      for (const record of batch) lines.push(record.kind === 'json' ? record.value : record.kind);
    logs[short(log.name)] = lines;
  }
  return { logs, passedOver };
}

async function file(name: string, content: Buffer | Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const two = '{"a":1}\n{"a":2}\n';
const wanted = [{ a: 1 }, { a: 2 }];
const entry = (name: string, body: Uint8Array | string) => ({
  header: { name, size: typeof body === 'string' ? Buffer.byteLength(body) : body.length },
  body,
});
const tar = (...entries: ReturnType<typeof entry>[]) => packTar(entries);
const has = (program: string) => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
};

/**
 * A zip whose members are stored as they are, after APPNOTE 6.3.10, 4.3.7 (local header), 4.3.12 (directory) and
 * 4.3.16 (its end). Bit 0 of `flags` says encrypted.
 */
function zip(members: readonly { name: string; body: Buffer; flags?: number }[]): Buffer {
  const crcOf = (body: Buffer) => gzipSync(body).subarray(-8, -4);
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, body, flags = 0 } of members) {
    const bytes = Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags | 0x800, 2);
    crcOf(body).copy(shared, 10);
    shared.writeUInt32LE(body.length, 14);
    // 6.1.3: an encrypted member begins with a header of 12 bytes.
    shared.writeUInt32LE(flags & 1 ? body.length - 12 : body.length, 18);
    shared.writeUInt16LE(bytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, bytes, body]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), shared.subarray(0, 26), rest, bytes]),
    );
    locals.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, list, Buffer.from('PK\x05\x06'), end]);
}

describe('archives', () => {
  it('reads a tar, member by member, also past one that is not read to its end', async () => {
    const path = await file('a.tar', await tar(entry('x/one.json', two), entry('two.json', two)));
    expect(await read(path)).toEqual({
      logs: { 'a.tar!x/one.json': wanted, 'a.tar!two.json': wanted },
      passedOver: {},
    });
    const names: string[] = [];
    for await (const log of readLogs(path, () => undefined)) names.push(log.name);
    expect(names).toHaveLength(2);
  });

  it('reads a tar.gz, and gzip within', async () => {
    const path = await file('a.tgz', gzipSync(await tar(entry('one.json.gz', gzipSync(two)))));
    expect(await read(path)).toEqual({ logs: { 'a.tgz!one.json.gz': wanted }, passedOver: {} });
  });

  it('reads a zip, a tar in it, and a zip in that', async () => {
    const inner = zip([{ name: 'deep.json', body: Buffer.from(two) }]);
    const path = await file(
      'a.zip',
      zip([
        { name: 'one.json', body: Buffer.from(two) },
        { name: 'b.tar', body: Buffer.from(await tar(entry('c.zip', inner))) },
        { name: '__MACOSX/._one.json', body: Buffer.from('x') },
      ]),
    );
    expect(await read(path)).toEqual({
      logs: { 'a.zip!one.json': wanted, 'a.zip!b.tar!c.zip!deep.json': wanted },
      passedOver: {},
    });
  });

  it('says what it passes over: encrypted members, and what is no text', async () => {
    const path = await file(
      'mixed.zip',
      zip([
        { name: 'secret.json', body: Buffer.from(two), flags: 1 },
        { name: 'picture.png', body: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]) },
        { name: 'one.json', body: Buffer.from(two) },
      ]),
    );
    const { logs, passedOver } = await read(path);
    expect(logs).toEqual({ 'mixed.zip!one.json': wanted });
    expect(Object.keys(passedOver)).toEqual(['mixed.zip!secret.json', 'mixed.zip!picture.png']);
  });

  it('goes on behind a damaged member', async () => {
    const broken = gzipSync(two.repeat(1000)).fill(0, 20, 30);
    const path = await file('b.tar', await tar(entry('bad.gz', broken), entry('good.json', two)));
    const { logs } = await read(path).catch(() => ({ logs: {} as Record<string, unknown> }));
    expect(logs['b.tar!good.json']).toEqual(wanted);
  });

  it('ends at a depth', async () => {
    let nested: Uint8Array = Buffer.from(two);
    for (let depth = 0; depth < 8; depth++) nested = gzipSync(nested);
    const { logs, passedOver } = await read(await file('bomb.gz', nested));
    expect(logs).toEqual({});
    expect(Object.values(passedOver)[0]).toMatch(/deep/);
  });

  it('reads a zip behind whose end bytes were added, alone and within another', async () => {
    const one = Buffer.concat([zip([{ name: 'one.json', body: Buffer.from(two) }]), Buffer.from('\n')]);
    expect((await read(await file('added.zip', one))).logs).toEqual({ 'added.zip!one.json': wanted });
    const outer = await file('around.tar', await tar(entry('added.zip', one)));
    expect((await read(outer)).logs).toEqual({ 'around.tar!added.zip!one.json': wanted });
  });

  it('throws at an archive that is cut short', async () => {
    const whole = zip([{ name: 'one.json', body: Buffer.from(two) }]);
    await expect(read(await file('cut.zip', whole.subarray(0, 40)))).rejects.toThrow();
    await expect(read(await file('cut.gz', gzipSync(two).subarray(0, 15)))).rejects.toThrow();
  });

  it.skipIf(!has('xz'))('reads xz and tar.xz (skipped where there is no xz to make one)', async () => {
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'one.json'), two);
    execFileSync('tar', ['-cJf', join(folder, 'a.tar.xz'), '-C', folder, 'in']);
    expect((await read(join(folder, 'a.tar.xz'))).logs).toEqual({ 'a.tar.xz!in/one.json': wanted });
    await file('one', two);
    execFileSync('xz', [join(folder, 'one')]);
    expect((await read(join(folder, 'one.xz'))).logs).toEqual({ 'one.xz': wanted });
  });

  it('prints a hostile name without its force', () => {
    expect(printable('a\u001b[31m\n\u202eb')).toBe('a\\u{1b}[31m\\u{a}\\u{202e}b');
  });
});
