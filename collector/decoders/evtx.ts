/**
 * EVTX records as JSON: `Event.System` and `Event.EventData`, as the library winevtx yields them (attributes inline,
 * `EventID: {Value}`) and as evtx_dump writes them (`#attributes`, `#text`).
 */
import { parseEvtxFile } from 'winevtx';
import { clockToMs } from './timestamp.js';
import { addDatum, addUnnamed, datumText, type WindowsDatum, type WindowsRecord } from './windows-record.js';

type Bag = Readonly<Record<string, unknown>>;

const FILE_MAGIC = 'ElfFile\0';

/** True if the bytes begin as an EVTX file does. */
export function isEvtxFile(bytes: Buffer): boolean {
  return bytes.subarray(0, FILE_MAGIC.length).toString('latin1') === FILE_MAGIC;
}

/** The records of a whole EVTX file, each as the object that {@link decodeEvtx} reads. A damaged chunk throws where it is met. */
export function* readEvtxFile(bytes: Buffer): Generator<Bag> {
  for (const record of parseEvtxFile(bytes)) yield record.event as Bag;
}

/** The `Event` object within a record, or undefined where it has another shape. */
export function evtxEvent(value: Bag): Bag | undefined {
  const event = bag(value['Event']) ?? bag(bag(value['event'])?.['Event']);
  return event && bag(event['System']) ? event : undefined;
}

/** `event` comes from {@link evtxEvent}. */
export function decodeEvtx(event: Bag): WindowsRecord {
  const system = bag(event['System']) ?? {};
  const provider = attributes(system['Provider']);
  const execution = attributes(system['Execution']);
  const correlation = attributes(system['Correlation']);
  const data = new Map<string, WindowsDatum>();
  readData(event['EventData'], data);
  const userData = new Map<string, WindowsDatum>();
  readUserData(event['UserData'], userData, 0);
  for (const [name, value] of userData) addDatum(data, name, value);
  const channel = content(system['Channel']);
  for (const [name, value] of data) if (isHex(name, channel)) data.set(name, toHex(value));
  const rendering = bag(event['RenderingInfo']);
  return compact({
    code: content(system['EventID']) ?? '',
    channel,
    provider: datumText(provider['Name']) ?? datumText(provider['EventSourceName']),
    providerGuid: datumText(provider['Guid']),
    computer: content(system['Computer']),
    recordId: content(system['EventRecordID']),
    timeMs: clockToMs(attributes(system['TimeCreated'])['SystemTime']),
    level: content(system['Level']),
    task: content(system['Task']),
    opcode: content(system['Opcode']),
    keywords: keywordsOf(content(system['Keywords'])),
    version: content(system['Version']),
    processId: integer(execution['ProcessID']),
    threadId: integer(execution['ThreadID']),
    userSid: datumText(attributes(system['Security'])['UserID'] ?? attributes(system['Security'])['UserId']),
    activityId: datumText(correlation['ActivityID']),
    relatedActivityId: datumText(correlation['RelatedActivityID']),
    message: content(rendering?.['Message']),
    data,
    userData: userData.size > 0 ? userData : undefined,
  });
}

/** Data that Windows' manifests declare as hexadecimal, and every other tool writes so; winevtx gives them in decimal. */
const HEX_DATA = new Set([
  'AccessMask',
  'CallerProcessId',
  'FailureCode',
  'GrantedAccess',
  'HandleId',
  'NewUacValue',
  'OldUacValue',
  'ResultCode',
  'SourceHandleId',
  'Status',
  'SubStatus',
  'TargetHandleId',
  'TicketEncryptionType',
  'TicketOptions',
]);
const HEX_IN_SECURITY = new Set(['NewProcessId', 'ProcessId', 'SourceProcessId', 'TargetProcessId']);

function isHex(name: string, channel: string | undefined): boolean {
  return (
    HEX_DATA.has(name) || name.endsWith('LogonId') || (channel === 'Security' && HEX_IN_SECURITY.has(name))
  );
}

function toHex(value: WindowsDatum): WindowsDatum {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? `0x${BigInt(value).toString(16)}` : value;
}

function keywordsOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  // winevtx gives the 64 bits in decimal; Windows and every other tool write them in hex.
  return [/^\d+$/.test(text) ? `0x${BigInt(text).toString(16)}` : text];
}

function readData(value: unknown, data: Map<string, WindowsDatum>): void {
  const all = bag(value);
  if (!all) return;
  for (const name of Object.keys(all)) {
    if (name === '#attributes' || name === 'xmlns') continue;
    const item = all[name];
    if (name === 'Data') readDataElements(item, data);
    else {
      const text = content(item);
      if (text !== undefined) data.set(name, text);
      else if (Array.isArray(item))
        data.set(
          name,
          item.map(content).filter((part) => part !== undefined),
        );
    }
  }
}

/** `Data` without names: a text, a list, `{#text: […]}`; or with names: `{#attributes: {Name}, #text}`. */
function readDataElements(value: unknown, data: Map<string, WindowsDatum>): void {
  const unnamed: string[] = [];
  const inner = bag(value)?.['#text'];
  const named = datumText(attributes(value)['Name']);
  const items = named === undefined && inner !== undefined ? inner : value;
  for (const item of Array.isArray(items) ? items : [items]) {
    const name = datumText(attributes(item)['Name']);
    const text = content(item);
    if (name !== undefined) data.set(name, text ?? '');
    else if (text !== undefined) unnamed.push(text);
  }
  addUnnamed(data, unnamed);
}

/** Leaves of UserData under their own names; the elements around them differ by provider and are dropped. */
function readUserData(value: unknown, data: Map<string, WindowsDatum>, depth: number): void {
  const all = bag(value);
  if (!all || depth > 8) return;
  for (const name of Object.keys(all)) {
    if (name === '#attributes' || name === 'xmlns' || name.startsWith('xmlns:')) continue;
    const item = all[name];
    const text = content(item);
    if (text !== undefined) addDatum(data, name, text);
    else if (Array.isArray(item)) {
      const texts = item.map(content).filter((part) => part !== undefined);
      if (texts.length > 0) addDatum(data, name, texts);
    } else readUserData(item, data, depth + 1);
  }
}

function bag(value: unknown): Bag | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Bag) : undefined;
}

/** Attributes of an element: inline, or under `#attributes`. */
function attributes(value: unknown): Bag {
  const element = bag(value);
  return element ? (bag(element['#attributes']) ?? element) : {};
}

/** Text of an element: itself, its `Value` (winevtx) or its `#text` (evtx_dump). */
function content(value: unknown): string | undefined {
  const element = bag(value);
  return element ? datumText(element['#text'] ?? element['Value']) : datumText(value);
}

function integer(value: unknown): number | undefined {
  const number = Number(datumText(value));
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Drops the undefined members, so that absent stays absent. */
function compact<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  for (const key of Object.keys(record) as (keyof T)[]) if (record[key] === undefined) delete record[key];
  return record as T;
}
