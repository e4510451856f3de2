/** Bytes of a framed message as a raw record, with its flaws noted. */
import type { FramedMessage } from '../decoders/framer.js';
import { decodeUtf8 } from '../decoders/utf8.js';
import type { RawRecord } from '../normalizers/record.js';

export function textRecord(message: FramedMessage, from: Pick<RawRecord, 'peer' | 'path'> = {}): RawRecord {
  const { text, invalidUtf8 } = decodeUtf8(message.bytes);
  return {
    ...from,
    text,
    ...(invalidUtf8 && { invalidUtf8 }),
    ...(message.cutFrom !== undefined && { cutTo: message.bytes.length }),
  };
}
