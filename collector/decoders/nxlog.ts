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
  // The line's clock is none of the event's words.
  ...['@timestamp', '@version', ...SYSTEM].map((name) => [name, 'system'] as const),
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

/** `offsetMinutes`: zone of NXLog's `EventTime`, which names none. Nothing is read before it is asked for. */
export function decodeFlatWindowsEvent(value: Bag, offsetMinutes = 0): WindowsRecord {
  return new FlatRecord(value, offsetMinutes);
}

class FlatRecord implements WindowsRecord {
  readonly bag: Bag;
  readonly #offsetMinutes: number;
  #data: FlatData | undefined;

  constructor(bag: Bag, offsetMinutes: number) {
    this.bag = bag;
    this.#offsetMinutes = offsetMinutes;
  }

  get code(): string {
    return filled(this.bag['EventID']) ?? filled(this.bag['EventId']) ?? '';
  }
  /** NXLog passes on how the channel was subscribed to: `security` is the channel `Security`. */
  get channel(): string | undefined {
    const channel = filled(this.bag['Channel']);
    return channel === 'security' ? 'Security' : channel;
  }
  get provider(): string | undefined {
    return ownProvider(this.bag) ?? filled(this.bag['ProviderName']);
  }
  get providerGuid(): string | undefined {
    return filled(this.bag['ProviderGuid']);
  }
  get computer(): string | undefined {
    return filled(this.bag['Hostname']) ?? filled(this.bag['Computer']);
  }
  get recordId(): string | undefined {
    return filled(this.bag['RecordNumber']);
  }
  get level(): string | undefined {
    return filled(this.bag['Level']) ?? filled(this.bag['Severity']);
  }
  get task(): string | undefined {
    return filled(this.bag['Task']);
  }
  get opcode(): string | undefined {
    return filled(this.bag['OpcodeValue']) ?? filled(this.bag['Opcode']);
  }
  get version(): string | undefined {
    return filled(this.bag['Version']);
  }
  get userSid(): string | undefined {
    return filled(this.bag['UserID']);
  }
  get activityId(): string | undefined {
    return filled(this.bag['ActivityID']);
  }
  get relatedActivityId(): string | undefined {
    return filled(this.bag['RelatedActivityID']);
  }
  get message(): string | undefined {
    return filled(this.bag['Message']);
  }
  get timeMs(): number | undefined {
    return clockOf(this.bag, this.#offsetMinutes);
  }
  get processId(): number | undefined {
    return integer(this.bag['ExecutionProcessID']);
  }
  get threadId(): number | undefined {
    return integer(this.bag['ThreadID']);
  }
  get keywords(): readonly string[] | undefined {
    return keywordsOf(this.bag['Keywords']);
  }
  get data(): WindowsData {
    return (this.#data ??= new FlatData(this.bag));
  }
  get shipper(): Readonly<Record<string, unknown>> | undefined {
    let shipper: Record<string, unknown> | undefined;
    for (const name of Object.keys(this.bag)) {
      const item = this.bag[name];
      const place = placeOf(name, item);
      const nested = place === undefined && isObject(item) && toDatum(item) === undefined;
      if (place === 'shipper' || nested) (shipper ??= {})[name] = item;
    }
    return shipper;
  }
}

class FlatData implements WindowsData {
  readonly #bag: Bag;
  /** What came as `EventData` goes before what lies beside it. */
  readonly #inner: ReadonlyMap<string, WindowsDatum> | undefined;

  constructor(bag: Bag) {
    this.#bag = bag;
    const inner = bag['EventData'];
    if (typeof inner === 'string') this.#inner = readEventDataXml(inner);
    else if (isObject(inner)) this.#inner = dataIn(inner);
  }

  get(name: string): WindowsDatum | undefined {
    return this.#inner?.get(name) ?? this.#beside(name);
  }

  forEach(visit: (datum: WindowsDatum, name: string) => void): void {
    for (const name of Object.keys(this.#bag)) {
      const datum = this.#inner?.has(name) ? undefined : this.#beside(name);
      if (datum !== undefined) visit(datum, name);
    }
    this.#inner?.forEach(visit);
  }

  #beside(name: string): WindowsDatum | undefined {
    const item = this.#bag[name];
    // The Filtering Platform and WMI have data named like members of the system part.
    if (name === 'ProviderName' && typeof item === 'string' && ownProvider(this.#bag) !== undefined)
      return item;
    return placeOf(name, item) === undefined ? toDatum(item) : undefined;
  }
}

function dataIn(bag: object): ReadonlyMap<string, WindowsDatum> {
  const data = new Map<string, WindowsDatum>();
  for (const [name, item] of Object.entries(bag)) {
    const datum = toDatum(item);
    if (datum !== undefined) data.set(name, datum);
  }
  return data;
}

/** Undefined for what is data of the event. */
function placeOf(name: string, item: unknown): 'system' | 'shipper' | undefined {
  const place = PLACES.get(name);
  if (place !== undefined) return place;
  return name === 'EventType' && typeof item === 'string' && NXLOG_EVENT_TYPES.has(item)
    ? 'shipper'
    : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function ownProvider(bag: Bag): string | undefined {
  return (
    filled(bag['SourceName']) ??
    filled(bag['EventSourceName']) ??
    filled(bag['Provider_Name']) ??
    filled(bag['Source'])
  );
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
