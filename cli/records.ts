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
  /** In batches, as they are read: awaiting each record by itself costs more than parsing it. */
  readonly batches: AsyncGenerator<readonly FileRecord[]>;
}

/** The logs in a file. Throws the error of the file system; a broken record is a value and does not end the file. */
export async function* readLogs(path: string, onPassedOver: (one: PassedOver) => void): AsyncGenerator<Log> {
  for await (const one of logFilesIn(path))
    if ('reason' in one) onPassedOver(one);
    else yield { name: one.name, batches: batchesOf(one) };
}

/** Records of a batch of an EVTX file, which is read as a whole. */
const EVTX_BATCH = 256;

async function* batchesOf(log: LogFile): AsyncGenerator<readonly FileRecord[]> {
  if (isEvtxFile(log.head)) yield* evtxBatches(await bytesOf(log));
  else yield* textBatches(log.stream);
}

function* evtxBatches(data: Buffer): Generator<readonly FileRecord[]> {
  let number = 0;
  let batch: FileRecord[] = [];
  try {
    for (const value of readEvtxFile(data)) {
      batch.push({ kind: 'json', number: ++number, value });
      if (batch.length < EVTX_BATCH) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    batch.push({ kind: 'broken', number: number + 1, reason: messageOf(error) });
  }
  yield batch;
}

async function* textBatches(stream: Readable): AsyncGenerator<readonly FileRecord[]> {
  const lines = new Lines();
  const records = new TextRecords();
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    lines.push(chunk as string, records);
    yield records.take();
  }
  lines.end(records);
  records.end();
  yield records.take();
}

/**
 * Line by line while each line is JSON or plain text. A first line that opens a JSON document without closing it means
 * documents over several lines (an array, or one after the other): then the whole is split by its braces.
 */
class TextRecords {
  #batch: FileRecord[] = [];
  #number = 0;
  #documents: JsonDocuments | undefined;
  readonly #zeek = new ZeekTsv();

  /** The records since it was asked last. */
  take(): readonly FileRecord[] {
    const batch = this.#batch;
    this.#batch = [];
    return batch;
  }

  line(line: string, cut: boolean): void {
    if (this.#documents) {
      this.#unwrap(this.#documents.push(`${line}\n`));
      return;
    }
    const number = ++this.#number;
    if (cut) {
      this.#broken(number, `the line is longer than ${MAX_LINE} characters`);
      return;
    }
    const text = number === 1 ? line.replace(/^\ufeff/, '') : line;
    const opening = text.trimStart()[0];
    if (opening === undefined) return;
    if (opening === '{' || opening === '[') this.#json(number, text);
    else this.#plain(number, text);
  }

  end(): void {
    if (this.#documents) this.#batch.push(...this.#documents.end());
  }

  #json(number: number, text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (number === 1) {
        this.#documents = jsonDocuments(MAX_LINE);
        this.#unwrap(this.#documents.push(`${text}\n`));
      } else this.#broken(number, messageOf(error));
      return;
    }
    if (!Array.isArray(value) || number !== 1) this.#unwrap([{ kind: 'json', number, value }]);
    else
      for (const [at, item] of value.entries())
        this.#batch.push({ kind: 'json', number: at + 1, value: item as unknown });
  }

  /** What lies in an envelope counts on its own. */
  #unwrap(records: Iterable<FileRecord>): void {
    for (const record of records) {
      const inside = record.kind === 'json' ? recordsIn(record.value) : undefined;
      if (!inside) this.#batch.push(record);
      else
        for (const [at, value] of inside.entries()) this.#batch.push({ kind: 'json', number: at + 1, value });
    }
  }

  /** A line that is no JSON. */
  #plain(number: number, text: string): void {
    const read = this.#zeek.read(text);
    if (read === 'header') return;
    if (!read) this.#batch.push({ kind: 'text', number, text });
    else if ('problem' in read) this.#broken(number, read.problem);
    else this.#batch.push({ kind: 'json', number, value: read.value, line: text });
  }

  #broken(number: number, reason: string): void {
    this.#batch.push({ kind: 'broken', number, reason });
  }
}

/** Splits text into lines as it comes. */
class Lines {
  #rest = '';
  #cut = false;

  push(text: string, into: TextRecords): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = this.#rest + text.slice(from, end);
      into.line(line.endsWith('\r') ? line.slice(0, -1) : line, this.#cut);
      this.#rest = '';
      this.#cut = false;
      from = end + 1;
    }
    this.#rest += text.slice(from);
    if (this.#rest.length <= MAX_LINE) return;
    this.#rest = this.#rest.slice(0, MAX_LINE);
    this.#cut = true;
  }

  end(into: TextRecords): void {
    if (this.#rest !== '') into.line(this.#rest, this.#cut);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
