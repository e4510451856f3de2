/** The lines of a request body as they arrive: decompressed, with bounded lines and a bounded whole. */
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { fault, FaultError } from '#kernel/errors.js';
import { LineFramer, type FramedMessage } from '../../decoders/framer.js';

export interface BodyLimits {
  /** Most bytes of a body, after decompression. Default 100 MB. */
  readonly bodyBytes: number;
  /** Most bytes of a line (one record) that are kept. Default 1 MiB, as for every other source. */
  readonly lineBytes: number;
  /** Most bytes of a body that is one JSON text, a list of records. Default 10 MB. */
  readonly jsonBytes: number;
  /** Most operations of a bulk request: their answers wait in memory, and 14 bytes ask for one. Default 100,000. */
  readonly operations: number;
  /**
   * Most records of one request to `/ingest`. Each is kept with what is known of it, so that two bytes, and by gzip far
   * less, would else cost a thousand times as much disk. Default 500,000: what 100 MB hold of common lines.
   */
  readonly records: number;
}

export const BODY_LIMITS: BodyLimits = {
  bodyBytes: 100_000_000,
  lineBytes: 1 << 20,
  jsonBytes: 10_000_000,
  operations: 100_000,
  records: 500_000,
};

/** Throws a FaultError: `unsupported` for an encoding we do not know. */
function decompressed(stream: Readable, encoding: string | undefined): Readable {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return stream;
  if (name !== 'gzip' && name !== 'x-gzip' && name !== 'deflate')
    throw new FaultError(
      fault('unsupported', {
        what: `content encoding \`${name.slice(0, 32)}\``,
        how: 'send gzip, deflate or plain bodies',
      }),
    );
  const inflated = name === 'deflate' ? createInflate() : createGunzip();
  // Without pipe's silence on errors: a sender that breaks off must end the reading of the lines too.
  stream.on('error', (error) => inflated.destroy(error));
  stream.on('close', () => {
    if (!stream.readableEnded) inflated.destroy(new Error('the sender broke off'));
  });
  return stream.pipe(inflated);
}

/**
 * The lines of the body, as many at a time as one chunk holds; empty lines are left out. Throws a FaultError:
 * `too_large` (body), `decode_failed` (broken compression, or the sender broke off), `unsupported` (encoding).
 */
export async function* readLines(
  stream: Readable,
  encoding: string | undefined,
  limits: BodyLimits,
): AsyncGenerator<FramedMessage[]> {
  const framer = new LineFramer(limits.lineBytes);
  for await (const chunk of readChunks(stream, encoding, limits)) {
    const lines = framer.push(chunk);
    if (lines.length > 0) yield lines;
  }
  const last = framer.end();
  if (last) yield [last];
}

/** The chunks of the body; throws as {@link readLines} does. */
export async function* readChunks(
  stream: Readable,
  encoding: string | undefined,
  limits: BodyLimits,
): AsyncGenerator<Buffer> {
  let total = 0;
  try {
    for await (const chunk of decompressed(stream, encoding)) {
      total += (chunk as Buffer).length;
      if (total > limits.bodyBytes) throw new FaultError(fault('too_large', { limit: limits.bodyBytes }));
      yield chunk as Buffer;
    }
  } catch (error) {
    if (error instanceof FaultError) throw error;
    const reason = error instanceof Error ? error.message : 'the body broke off';
    throw new FaultError(fault('decode_failed', { reason }), { cause: error });
  }
}
