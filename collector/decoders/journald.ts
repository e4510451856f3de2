/** One entry of `journalctl -o json`: its clock, cursor and fields, with byte arrays turned back into text. */
import { clockToMs, epochToMs } from './timestamp.js';
import { decodeUtf8 } from './utf8.js';

export interface JournaldEntry {
  /** Epoch milliseconds of `__REALTIME_TIMESTAMP`, or of `_SOURCE_REALTIME_TIMESTAMP` where the sender gave one. */
  readonly timeMs?: number;
  readonly cursor?: string;
  /** All other fields under their own names; a field given several times is a list. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  /** Names of fields that held bytes which are no UTF-8, or were left out by journalctl for their size (`null`). */
  readonly flawed: readonly string[];
}

/** True for an object that `journalctl -o json` (or a shipper that passes it on) wrote. */
export function isJournaldEntry(value: Readonly<Record<string, unknown>>): boolean {
  return (
    '__REALTIME_TIMESTAMP' in value ||
    '__CURSOR' in value ||
    ('MESSAGE' in value &&
      ('_PID' in value || 'SYSLOG_IDENTIFIER' in value || '_TRANSPORT' in value || '_BOOT_ID' in value))
  );
}

export function decodeJournald(value: Readonly<Record<string, unknown>>): JournaldEntry {
  const fields: Record<string, string | readonly string[]> = Object.create(null) as Record<string, string>;
  const flawed: string[] = [];
  for (const name of Object.keys(value)) {
    if (name === '__CURSOR' || name === '__REALTIME_TIMESTAMP' || name === '@timestamp') continue;
    const text = toText(value[name], name, flawed);
    if (text !== undefined) fields[name] = text;
  }
  const micros = Number(value['_SOURCE_REALTIME_TIMESTAMP'] ?? value['__REALTIME_TIMESTAMP']);
  // Shippers that pass entries on (Fluent Bit) put the clock into a field of their own.
  const timeMs = micros > 0 ? epochToMs(micros) : clockToMs(value['@timestamp']);
  const cursor = value['__CURSOR'];
  return {
    ...(timeMs !== undefined && { timeMs }),
    ...(typeof cursor === 'string' && { cursor }),
    fields,
    flawed,
  };
}

function toText(value: unknown, name: string, flawed: string[]): string | readonly string[] | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) {
    flawed.push(name);
    return undefined;
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  // Bytes that are not printable text come as an array of numbers; a repeated field as an array of those.
  if (value.every((item) => typeof item === 'number')) {
    const { text, invalidUtf8 } = decodeUtf8(Uint8Array.from(value as number[]));
    if (invalidUtf8) flawed.push(name);
    return text;
  }
  const texts: string[] = [];
  for (const item of value) {
    const text = toText(item, name, flawed);
    if (typeof text === 'string') texts.push(text);
  }
  return texts.length > 0 ? texts : undefined;
}
