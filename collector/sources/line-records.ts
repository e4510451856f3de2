/** The lines of one stream as raw records: most lines are one, a header is none, an envelope is many. */
import { looksLikeEnvelope, recordsIn } from '../decoders/envelope.js';
import type { FramedMessage } from '../decoders/framer.js';
import { decodeJsonLine } from '../decoders/json-line.js';
import { ZeekTsv } from '../decoders/zeek-tsv.js';
import type { RawRecord } from '../normalizers/record.js';
import { textRecord } from './text-record.js';

/** Lines must come in the order of the stream, since a header tells how those after it are to be read. */
export class LineRecords {
  readonly #zeek = new ZeekTsv();
  readonly #from: Pick<RawRecord, 'peer' | 'path'>;

  constructor(from: Pick<RawRecord, 'peer' | 'path'> = {}) {
    this.#from = from;
  }

  of(line: FramedMessage): readonly RawRecord[] {
    const record = textRecord(line, this.#from);
    // A line that was cut can be neither a whole row nor a whole envelope.
    if (record.cutTo !== undefined || record.text === undefined) return [record];
    const read = this.#zeek.read(record.text);
    if (read === 'header') return [];
    if (read && 'problem' in read) return [{ ...record, problem: read.problem }];
    if (read) {
      const { text, ...rest } = record;
      return [{ ...rest, value: read.value, line: text }];
    }
    if (!looksLikeEnvelope(record.text)) return [record];
    const decoded = decodeJsonLine(record.text);
    const inside = decoded.ok ? recordsIn(decoded.value) : undefined;
    if (!inside) return [record];
    const { text: _text, ...rest } = record;
    return inside.map((value) => ({ ...rest, value }));
  }
}
