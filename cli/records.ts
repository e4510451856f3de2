/** Reads the records of log files, whatever their form: EVTX, NDJSON, JSON documents, plain lines; each also in archives. */
import type { Readable } from 'node:stream';
import { recordsIn } from '#collector/decoders/envelope.js';
import { isEvtxFile, readEvtxFile } from '#collector/decoders/evtx.js';
import { ZeekTsv } from '#collector/decoders/zeek-tsv.js';
import type { RawRecord } from '#collector/normalizers/record.js';
import { bytesOf, logFilesIn, type LogFile, type PassedOver } from './archives.js';
import { jsonDocuments, type FileRecord, type JsonDocuments } from './json-documents.js';

export type { FileRecord };

/** The record as the normalizers take it. */
export function rawRecord(record: FileRecord, path: string): RawRecord {
  if (record.kind === 'text') return { text: record.text, path };
  if (record.kind === 'broken') return { text: '', problem: record.reason, path };
  const { line } = record;
  if (typeof record.value === 'object' && record.value !== null)
    return { value: record.value as Record<string, unknown>, path, ...(line !== undefined && { line }) };
  return { text: String(record.value), path };
}

/** Lines longer than this (characters) are given out as broken: 10 MB, as the collectors' limit. */
export const MAX_LINE = 10 * 1024 * 1024;

/** One log with its records, which are to be read before the next log is asked for. */
export interface Log {
  /** Path of the file, and behind each `!` the path within an archive. */
  readonly name: string;
  readonly records: AsyncGenerator<FileRecord>;
}

/** The logs in a file. Throws the error of the file system; a broken record is a value and does not end the file. */
export async function* readLogs(path: string, onPassedOver: (one: PassedOver) => void): AsyncGenerator<Log> {
  for await (const one of logFilesIn(path))
    if ('reason' in one) onPassedOver(one);
    else yield { name: one.name, records: recordsOf(one) };
}

async function* recordsOf(log: LogFile): AsyncGenerator<FileRecord> {
  if (isEvtxFile(log.head)) yield* evtxRecords(await bytesOf(log));
  else yield* textRecords(log.stream);
}

function* evtxRecords(data: Buffer): Generator<FileRecord> {
  let number = 0;
  try {
    for (const value of readEvtxFile(data)) yield { kind: 'json', number: ++number, value };
  } catch (error) {
    yield {
      kind: 'broken',
      number: number + 1,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

/**
 * Line by line while each line is JSON or plain text. A first line that opens a JSON document without closing it means
 * documents over several lines (an array, or one after the other): then the whole is split by its braces.
 */
async function* textRecords(stream: Readable): AsyncGenerator<FileRecord> {
  let number = 0;
  let documents: JsonDocuments | undefined;
  const zeek = new ZeekTsv();
  for await (const line of linesOf(stream)) {
    if (documents) {
      yield* unwrapped(documents.push(`${line.text}\n`));
      continue;
    }
    number += 1;
    if (line.cut) {
      yield { kind: 'broken', number, reason: `the line is longer than ${MAX_LINE} characters` };
      continue;
    }
    const text = number === 1 ? line.text.replace(/^\ufeff/, '') : line.text;
    if (text.trim() === '') continue;
    const opening = text.trimStart()[0];
    if (opening !== '{' && opening !== '[') {
      yield* plainRecord(zeek, number, text);
      continue;
    }
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value) && number === 1) {
        for (const [at, item] of value.entries())
          yield { kind: 'json', number: at + 1, value: item as unknown };
      } else yield* unwrapped([{ kind: 'json', number, value }]);
    } catch (error) {
      if (number === 1) {
        documents = jsonDocuments(MAX_LINE);
        yield* unwrapped(documents.push(`${text}\n`));
      } else yield { kind: 'broken', number, reason: error instanceof Error ? error.message : String(error) };
    }
  }
  if (documents) yield* documents.end();
}

/** What lies in an envelope counts on its own. */
function* unwrapped(records: Iterable<FileRecord>): Generator<FileRecord> {
  for (const record of records) {
    const inside = record.kind === 'json' ? recordsIn(record.value) : undefined;
    if (!inside) yield record;
    else for (const [at, value] of inside.entries()) yield { kind: 'json', number: at + 1, value };
  }
}

/** A line that is no JSON. */
function* plainRecord(zeek: ZeekTsv, number: number, text: string): Generator<FileRecord> {
  const read = zeek.read(text);
  if (read === 'header') return;
  if (!read) yield { kind: 'text', number, text };
  else if ('problem' in read) yield { kind: 'broken', number, reason: read.problem };
  else yield { kind: 'json', number, value: read.value, line: text };
}

async function* linesOf(stream: Readable): AsyncGenerator<{ text: string; cut: boolean }> {
  let rest = '';
  let cut = false;
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    let from = 0;
    const text = chunk as string;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = rest + text.slice(from, end);
      yield { text: line.endsWith('\r') ? line.slice(0, -1) : line, cut };
      rest = '';
      cut = false;
      from = end + 1;
    }
    rest += text.slice(from);
    if (rest.length > MAX_LINE) {
      rest = rest.slice(0, MAX_LINE);
      cut = true;
    }
  }
  if (rest !== '') yield { text: rest, cut };
}
