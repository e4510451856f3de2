import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLogs, type FileRecord } from './records.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'fenghuo-records-'))));
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer): Promise<FileRecord[]> {
  const path = join(folder, 'log');
  await writeFile(path, content);
  const records: FileRecord[] = [];
  for await (const log of readLogs(path, () => undefined))
    for await (const batch of log.batches) records.push(...batch);
  return records;
}

const json = (number: number, value: unknown): FileRecord => ({ kind: 'json', number, value });
const pretty = (value: unknown): string => JSON.stringify(value, null, 2);
const tricky = { a: 'brace } in "text" \\', b: { c: [1, { d: '{' }] } };

const CASES: Record<string, [string | Buffer, unknown[]]> = {
  'an empty file': ['', []],
  NDJSON: ['{"a":1}\n{"a":2}\n', [json(1, { a: 1 }), json(2, { a: 2 })]],
  'NDJSON without the last line end, with CRLF and a byte order mark': [
    '\ufeff{"a":1}\r\n\r\n{"a":2}',
    [json(1, { a: 1 }), json(3, { a: 2 })],
  ],
  'a broken line among NDJSON': [
    '{"a":1}\n{"a":\n{"a":3}\n',
    [json(1, { a: 1 }), { kind: 'broken', number: 2 }, json(3, { a: 3 })],
  ],
  'an array on one line': ['[{"a":1},{"a":2}]', [json(1, { a: 1 }), json(2, { a: 2 })]],
  'a pretty array': [pretty([tricky, { a: 2 }]), [json(1, tricky), json(2, { a: 2 })]],
  'a pretty object': [pretty(tricky), [json(1, tricky)]],
  'pretty objects one after the other': [
    `${pretty(tricky)}\n${pretty({ a: 2 })}{"a":3}`,
    [json(1, tricky), json(2, { a: 2 }), json(3, { a: 3 })],
  ],
  'a document that breaks off': ['{\n "a": 1', [{ kind: 'broken', number: 1 }]],
  'plain lines': [
    'Nov 22 sshd\nsecond',
    [
      { kind: 'text', number: 1, text: 'Nov 22 sshd' },
      { kind: 'text', number: 2, text: 'second' },
    ],
  ],
  gzip: [gzipSync('{"a":1}\nline\n'), [json(1, { a: 1 }), { kind: 'text', number: 2, text: 'line' }]],
};

describe('readLogs', () => {
  it.each(Object.entries(CASES))('reads %s', async (_name, [content, wanted]) => {
    expect(await read(content)).toMatchObject(wanted);
    expect(await read(content)).toHaveLength(wanted.length);
  });

  it('gives a line of 11 MB out as broken and goes on', async () => {
    const records = await read(`${'x'.repeat(11 * 1024 * 1024)}\n{"a":1}\n`);
    expect(records).toMatchObject([{ kind: 'broken', number: 1 }, json(2, { a: 1 })]);
  });
});
