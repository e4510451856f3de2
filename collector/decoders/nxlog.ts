/**
 * Windows events as flat JSON: NXLog's `im_msvistalog` with `to_json()`, and the like-minded exports (Logstash,
 * PowerShell's, Log Analytics' `EventData` as XML) whose event id, channel and data lie side by side.
 */
import { remember } from './remember.js';
import { clockToMs, parseIso } from './timestamp.js';
import { readEventDataXml } from './event-xml.js';
import { datumText, type WindowsData, type WindowsDatum, type WindowsRecord } from './windows-record.js';

type Bag = Readonly<Record<string, unknown>>;

/** Names that NXLog, Logstash and Log Analytics add; everything else is the event's own data. */
const SHIPPER = new Set([
  '@timestamp',
  '@version',
  'AccountName',
  'AccountType',
  'Activity',
  'Category',
  'Domain',
  'ERROR_EVT_UNRESOLVED',
  'EventOriginId',
  'EventReceivedTime',
  'EventSourceName',
  'EventTime',
  'EventTimeWritten',
  'FileName',
  'MG',
  'ManagementGroupName',
  'MessageSourceAddress',
  'OpcodeValue',
  'Severity',
  'SeverityValue',
  'SourceComputerId',
  'SourceModuleName',
  'SourceModuleType',
  'SourceSystem',
  'TenantId',
  'TimeCollected',
  'TimeGenerated',
  'Type',
  'UserID',
  '_ResourceId',
  'host',
  'port',
  'tags',
  'type',
]);
/** Members that have a place of their own in the record. */
const SYSTEM = new Set([
  'ActivityID',
  'Channel',
  'Computer',
  'EventData',
  'EventID',
  'EventId',
  'ExecutionProcessID',
  'Hostname',
  'Keywords',
  'Level',
  'Message',
  'Opcode',
  'ProviderGuid',
  'ProviderName',
  'RecordNumber',
  'RelatedActivityID',
  'Source',
  'SourceName',
  'Task',
  'ThreadID',
  'TimeCreated',
  'Version',
]);
const PLACES: ReadonlyMap<string, 'system' | 'shipper'> = new Map([
  ...[...SHIPPER].map((name) => [name, 'shipper'] as const),
  ...[...SYSTEM].map((name) => [name, 'system'] as const),
]);
/** NXLog's own severity words; Sysmon's `EventType` (`SetValue`, `CreatePipe` …) is data. */
const NXLOG_EVENT_TYPES = new Set([
  'INFO',
  'INFORMATION',
  'WARNING',
  'ERROR',
  'CRITICAL',
  'VERBOSE',
  'AUDIT_SUCCESS',
  'AUDIT_FAILURE',
]);

/** True for an object with an event id beside a channel or a provider. */
export function isFlatWindowsEvent(value: Bag): boolean {
  const code = value['EventID'] ?? value['EventId'];
  if (typeof code !== 'number' && !(typeof code === 'string' && /^\d{1,6}$/.test(code))) return false;
  return [
    'Channel',
    'SourceName',
    'ProviderGuid',
    'EventSourceName',
    'SourceModuleType',
    'Provider_Name',
    'Source',
  ].some((name) => typeof value[name] === 'string');
}

/** `offsetMinutes`: zone of NXLog's `EventTime`, which names none. */
export function decodeFlatWindowsEvent(value: Bag, offsetMinutes = 0): WindowsRecord {
  const data: WindowsData = new Map();
  let shipper: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const item = value[name];
    const place = PLACES.get(name);
    if (place === 'system') continue;
    if (place === 'shipper' || (name === 'EventType' && NXLOG_EVENT_TYPES.has(String(item)))) {
      if (name !== '@timestamp' && name !== '@version') (shipper ??= {})[name] = item;
      continue;
    }
    const datum = toDatum(item);
    if (datum !== undefined) data.set(name, datum);
    else if (typeof item === 'object' && item !== null) (shipper ??= {})[name] = item;
  }
  // The Filtering Platform and WMI have data named like members of the system part.
  const provider =
    filled(value['SourceName']) ??
    filled(value['EventSourceName']) ??
    filled(value['Provider_Name']) ??
    filled(value['Source']);
  if (provider !== undefined && typeof value['ProviderName'] === 'string')
    data.set('ProviderName', value['ProviderName']);
  const eventData = value['EventData'];
  if (typeof eventData === 'string')
    for (const [name, datum] of readEventDataXml(eventData)) data.set(name, datum);
  else if (typeof eventData === 'object' && eventData !== null)
    for (const [name, item] of Object.entries(eventData)) {
      const datum = toDatum(item);
      if (datum !== undefined) data.set(name, datum);
    }
  const timeMs = clockOf(value, offsetMinutes);
  const record: { -readonly [K in keyof WindowsRecord]: WindowsRecord[K] } = {
    code: filled(value['EventID']) ?? filled(value['EventId']) ?? '',
    data,
  };
  const channel = filled(value['Channel']);
  // NXLog passes on how the channel was subscribed to: `security` is the channel `Security`.
  if (channel !== undefined) record.channel = channel === 'security' ? 'Security' : channel;
  assign(record, 'provider', provider ?? filled(value['ProviderName']));
  assign(record, 'providerGuid', filled(value['ProviderGuid']));
  assign(record, 'computer', filled(value['Hostname']) ?? filled(value['Computer']));
  assign(record, 'recordId', filled(value['RecordNumber']));
  assign(record, 'level', filled(value['Level']) ?? filled(value['Severity']));
  assign(record, 'task', filled(value['Task']));
  assign(record, 'opcode', filled(value['OpcodeValue']) ?? filled(value['Opcode']));
  assign(record, 'version', filled(value['Version']));
  assign(record, 'userSid', filled(value['UserID']));
  assign(record, 'activityId', filled(value['ActivityID']));
  assign(record, 'relatedActivityId', filled(value['RelatedActivityID']));
  assign(record, 'message', filled(value['Message']));
  assign(record, 'timeMs', timeMs);
  assign(record, 'processId', integer(value['ExecutionProcessID']));
  assign(record, 'threadId', integer(value['ThreadID']));
  assign(record, 'keywords', keywordsOf(value['Keywords']));
  assign(record, 'shipper', shipper);
  return record;
}

function assign<T, K extends keyof T>(record: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) record[key] = value;
}

function filled(value: unknown): string | undefined {
  const text = datumText(value);
  return text === '' ? undefined : text;
}

/**
 * A clock with a zone goes before NXLog's `EventTime`, which is the machine's local time; the arrival at a later
 * hop (`@timestamp` of Logstash) is nearer to the truth than a local time of an unknown zone.
 */
function clockOf(value: Bag, offsetMinutes: number): number | undefined {
  const eventTime = value['EventTime'];
  const zoned =
    typeof eventTime === 'string' && /(?:Z|[+-]\d\d:?\d\d)$/.test(eventTime)
      ? parseIso(eventTime)
      : undefined;
  return (
    clockToMs(value['TimeCreated']) ??
    zoned ??
    clockToMs(value['@timestamp']) ??
    clockToMs(value['TimeGenerated']) ??
    clockToMs(eventTime, offsetMinutes) ??
    clockToMs(value['EventReceivedTime'], offsetMinutes)
  );
}

/** JSON numbers of 64 bits are rounded and may be negative; hex as Windows writes it is kept. */
function keywordsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return typeof value === 'number' && Number.isInteger(value) ? [hexOfKeywords(value)] : undefined;
}

/** Windows has some dozens of them, and every event has one. */
const hexOfKeywords = remember(256, (value: number) => `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`);

function toDatum(value: unknown): WindowsDatum | undefined {
  if (Array.isArray(value)) {
    const texts = value.map(datumText).filter((item) => item !== undefined);
    return texts.length === value.length && texts.length > 0 ? texts : undefined;
  }
  return datumText(value);
}

function integer(value: unknown): number | undefined {
  const number = Number(datumText(value));
  return value !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
