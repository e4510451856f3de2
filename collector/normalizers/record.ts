/** What a decoder hands to the normalizer, and what the normalizer must be told. */
import type { WindowsRecord } from '../decoders/windows-record.js';
import type { Classification, Realm, UnitPath } from '#kernel/scope.js';

/** Hint how the text of a record is to be read; `auto` looks at it. */
export const RECORD_FORMATS = [
  'auto',
  'syslog',
  'nginx',
  'apache',
  'json',
  'journald',
  'windows',
  'suricata',
  'zeek',
  'cloudtrail',
  'kubernetes',
  'openstack',
  'auditd',
  'bind',
  'squid',
  'iptables',
  'haproxy',
  'postgresql',
  'mysql',
  'cef',
  'text',
] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** The format hint of a source record, whose text is free: an unknown one counts as `auto`. */
export function recordFormat(hint: string | undefined): RecordFormat {
  return RECORD_FORMATS.find((format) => format === hint) ?? 'auto';
}

/** One record as it came: its text, or the object it has been parsed to (then with the text, where there is one at hand). */
export interface RawRecord {
  readonly text?: string;
  /** A parsed JSON object; goes before `text`. */
  readonly value?: Readonly<Record<string, unknown>>;
  /** A Windows event that has been decoded; goes before both. */
  readonly windows?: WindowsRecord;
  /** The line that `value` was read from where that is no JSON; kept as `event.original`. */
  readonly line?: string;
  /** The bytes were no valid UTF-8; shown by the tag `invalid_utf8`. */
  readonly invalidUtf8?: boolean;
  /** The record was longer than this many bytes and was cut to them. */
  readonly cutTo?: number;
  /** Why the record could not be decoded; it becomes a `pipeline_error` with its text. */
  readonly problem?: string;
  /** Address of the sender, as the transport saw it. */
  readonly peer?: string;
  /** File the record was read from. */
  readonly path?: string;
  /** The sender's own identifier, for {@link NewEvent.senderId}. */
  readonly senderId?: string;
}

export interface NormalizeContext {
  /** Time of receipt, epoch milliseconds. */
  readonly receivedMs: number;
  readonly unit: UnitPath;
  readonly realm: Realm;
  readonly classification: Classification;
  /** Identifier of the source record, `src_…`. */
  readonly source: string;
  /** Default `auto`. */
  readonly format?: RecordFormat;
  /** Zone of clocks that name none, minutes east of UTC. Default 0. */
  readonly offsetMinutes?: number;
}
