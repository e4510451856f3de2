/** The XML of Windows events where it comes as text: Sysmon for Linux writes it into syslog, exports into `EventData`. */
import { parseIso } from './timestamp.js';
import { addUnnamed, type WindowsDatum, type WindowsRecord } from './windows-record.js';

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name as string] as string;
      const point = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : (whole as string);
    },
  );
}

/** The `<Data Name="…">…</Data>` elements of an event. */
export function readEventDataXml(xml: string): Map<string, WindowsDatum> {
  const data = new Map<string, WindowsDatum>();
  const unnamed: string[] = [];
  for (const match of xml.matchAll(/<Data(?: Name=(?:"([^"<>]*)"|'([^'<>]*)'))?(?:\/>|>([^<]*)<\/Data>)/g)) {
    const name = match[1] ?? match[2];
    const value = decodeEntities(match[3] ?? '');
    if (name === undefined) unnamed.push(value);
    else data.set(name, value);
  }
  addUnnamed(data, unnamed);
  return data;
}

/** True for text that is one `<Event>` element. */
export function looksLikeEventXml(text: string): boolean {
  return text.startsWith('<Event>') || text.startsWith('<Event ');
}

/** Undefined where the text has no event id. */
export function decodeEventXml(xml: string): WindowsRecord | undefined {
  const end = xml.indexOf('</System>');
  const system = end < 0 ? xml : xml.slice(0, end);
  const code = element(system, 'EventID');
  if (code === undefined) return undefined;
  const found: [string, unknown][] = [
    ['channel', element(system, 'Channel')],
    ['provider', attribute(system, 'Provider', 'Name')],
    ['providerGuid', attribute(system, 'Provider', 'Guid')],
    ['computer', element(system, 'Computer')],
    ['recordId', element(system, 'EventRecordID')],
    ['timeMs', parseIso(attribute(system, 'TimeCreated', 'SystemTime') ?? '')],
    ['level', element(system, 'Level')],
    ['task', element(system, 'Task')],
    ['opcode', element(system, 'Opcode')],
    ['version', element(system, 'Version')],
    ['processId', numberOf(attribute(system, 'Execution', 'ProcessID'))],
    ['threadId', numberOf(attribute(system, 'Execution', 'ThreadID'))],
    ['userSid', attribute(system, 'Security', 'UserI[dD]')],
  ];
  return {
    code,
    data: readEventDataXml(end < 0 ? '' : xml.slice(end)),
    ...(Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Partial<WindowsRecord>),
  };
}

function element(xml: string, name: string): string | undefined {
  const match = new RegExp(`<${name}(?: [^<>]*)?>([^<]*)</${name}>`).exec(xml);
  return match ? decodeEntities(match[1] as string) : undefined;
}

function attribute(xml: string, name: string, key: string): string | undefined {
  const match = new RegExp(`<${name} (?:[^<>]* )?${key}=(?:"([^"<>]*)"|'([^'<>]*)')`).exec(xml);
  const value = match?.[1] ?? match?.[2];
  return value === undefined ? undefined : decodeEntities(value);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
