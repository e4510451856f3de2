/** Builds the frames of one sync group out of the appends that wait. Pure: nothing is written or remembered here. */
import { base32Of } from '#kernel/base32.js';
import type { Event, Frame, NewEvent } from '#kernel/event.js';
import type { Accepted } from '#kernel/ports/journal.js';
import { encodeEvent, encodeHeader } from './format.js';
import { digestOf, KEY_BYTES, placedEventId, writeKey, type Digest } from './identity.js';

/** One event of an append, encoded when it came: only its number is open. */
interface Encoded {
  readonly event: NewEvent;
  readonly line: string;
  /** Where the sender gave an identifier. */
  readonly sender?: { readonly digest: Digest; readonly base32: string };
}

export interface Request {
  readonly encoded: readonly Encoded[];
  /** About as many as it will take on disk. */
  readonly bytes: number;
}

/** Encodes an append. Throws where an event cannot be JSON (a cycle, a BigInt): a fault of the program, not of the log. */
export function encodeRequest(events: readonly NewEvent[]): Request {
  let bytes = 0;
  const encoded = events.map((event): Encoded => {
    if (event.senderId === undefined) {
      const line = encodeEvent(event, undefined);
      bytes += line.length + 1;
      return { event, line };
    }
    const digest = digestOf(event.senderId);
    const base32 = base32Of(digest);
    const line = encodeEvent(event, base32);
    bytes += line.length + 1;
    return { event, line, sender: { digest, base32 } };
  });
  return { encoded, bytes };
}

export interface GroupStart {
  readonly journal: string;
  readonly nextFrame: number;
  readonly nextSeq: number;
  readonly ingestedMs: number;
  /** Most events and (about) bytes of one frame; an event is never split. */
  readonly frameEvents: number;
  readonly frameBytes: number;
  /** Was this sender's identifier accepted before? */
  isKnown(digest: Digest): boolean;
}

export interface BuiltFrame {
  readonly frame: Frame;
  readonly header: Buffer;
  readonly payload: Buffer;
}

export interface Group {
  readonly frames: readonly BuiltFrame[];
  /** Senders' keys of the frames, one after the other. */
  readonly keys: Buffer;
  /** One list a request, in the order of its events. */
  readonly accepted: readonly (readonly Accepted[])[];
}

/** All frames share the ingest time, so none spans two ingest days. */
export function buildGroup(requests: readonly Request[], start: GroupStart): Group {
  const frames: BuiltFrame[] = [];
  const digests = new Set<Digest>();
  let events: Event[] = [];
  let lines: string[] = [];
  let bytes = 0;
  let seq = start.nextSeq;

  const closeFrame = (): void => {
    if (events.length === 0) return;
    const number = start.nextFrame + frames.length;
    const firstSeq = (events[0] as Event).seq;
    const payload = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    const frame: Frame = {
      journal: start.journal,
      number,
      ingestedMs: start.ingestedMs,
      firstSeq,
      events,
    };
    const header = encodeHeader(
      { number, ingestedMs: start.ingestedMs, firstSeq, events: events.length },
      payload,
    );
    frames.push({ frame, header, payload });
    events = [];
    lines = [];
    bytes = 0;
  };

  const accepted = requests.map((request) =>
    request.encoded.map(({ event, line, sender }): Accepted => {
      if (sender) {
        if (digests.has(sender.digest) || start.isKnown(sender.digest))
          return { id: `evt_${sender.base32}`, duplicate: true, seq: 0 };
        digests.add(sender.digest);
      }
      if (events.length >= start.frameEvents || (bytes > 0 && bytes + line.length > start.frameBytes))
        closeFrame();
      const id = sender ? `evt_${sender.base32}` : placedEventId(start.journal, seq);
      events.push({
        id,
        seq,
        timeMs: event.timeMs,
        ingestedMs: start.ingestedMs,
        unit: event.unit,
        realm: event.realm,
        classification: event.classification,
        source: event.source,
        fields: event.fields,
      });
      lines.push(line);
      bytes += line.length + 1;
      return { id, duplicate: false, seq: seq++ };
    }),
  );
  closeFrame();

  const keys = Buffer.allocUnsafe(digests.size * KEY_BYTES);
  let at = 0;
  for (const digest of digests) {
    writeKey(digest, keys, at);
    at += KEY_BYTES;
  }
  return { frames, keys, accepted };
}
