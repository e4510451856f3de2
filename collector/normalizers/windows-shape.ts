/** What an event of a Windows record would have, read from the record: what `windows.ts` makes of it, path by path. */
import type { FieldValue } from '#kernel/event.js';
import type { FieldReader, RecordShape } from '#kernel/record-shape.js';
import type { WindowsDatum, WindowsRecord } from '../decoders/windows-record.js';
import {
  LOGON_TYPES,
  WINDOWS_EVENT_WORDS,
  windowsEventKind,
  type WindowsEventKind,
} from './windows-events.js';
import { baseName } from './windows-paths.js';
import { contextOf } from './windows-powershell.js';
import { securityExecutable } from './windows-security.js';
import { sysmonExecutable } from './windows-sysmon.js';
import { datasetOf, datumReader, familyOf, levelOf, LEVELS, lowered } from './windows.js';

type Reader = FieldReader<WindowsRecord>;

/** Roots of the paths that the event of a record may have; what lies below others is never there. */
const ROOTS: ReadonlySet<string> = new Set([
  ...['destination', 'dll', 'dns', 'error', 'event', 'file', 'group', 'log', 'message', 'network'],
  ...['nxlog', 'powershell', 'process', 'registry', 'rule', 'service', 'source', 'tags', 'user', 'winlog'],
]);

/** What the start of a process tells: path, datum of Sysmon 1, datum of Security 4688. */
const STARTED = [
  ['process.working_directory', 'CurrentDirectory', undefined],
  ['process.parent.executable', 'ParentImage', 'ParentProcessName'],
  ['process.parent.command_line', 'ParentCommandLine', undefined],
] as const;

const startedCommandLine = startedWith('CommandLine', 'CommandLine');

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['event.code', ({ code }) => filled(code)],
  ['event.provider', ({ provider }) => filled(provider)],
  ['winlog.event_id', ({ code }) => filled(code)],
  ['winlog.channel', ({ channel }) => filled(channel)],
  ['winlog.provider_name', ({ provider }) => filled(provider)],
  ['winlog.provider_guid', ({ providerGuid }) => filled(providerGuid)],
  ['winlog.computer_name', ({ computer }) => filled(computer)],
  ['winlog.record_id', ({ recordId }) => filled(recordId)],
  ['winlog.task', ({ task }) => filled(task)],
  ['winlog.opcode', ({ opcode }) => filled(opcode)],
  ['winlog.version', ({ version }) => filled(version)],
  ['winlog.keywords', ({ keywords }) => (keywords?.length === 0 ? undefined : keywords)],
  ['winlog.process.pid', ({ processId }) => processId],
  ['winlog.process.thread.id', ({ threadId }) => threadId],
  ['winlog.user.identifier', ({ userSid }) => filled(userSid)],
  ['winlog.level', ({ level }) => (level === undefined ? undefined : levelOf(level).number)],
  ['log.level', ({ level }) => (level === undefined ? undefined : filled(levelOf(level).word))],
  ['message', ({ message }) => filled(message)],
  ['event.module', () => 'windows'],
  ['event.dataset', ({ channel }) => datasetOf(channel ?? '')],
  ['event.category', (record) => kindOf(record)?.category],
  ['event.type', (record) => kindOf(record)?.type],
  ['process.executable', (record) => filled(executable(record))],
  ['process.name', (record) => filled(baseName(executable(record) ?? ''))],
  ['process.command_line', commandLine],
  ...STARTED.map(([path, sysmon, security]) => [path, startedWith(sysmon, security)] as const),
  ['dns.question.name', questionName],
]);

const DATA = 'winlog.event_data.';

/** Windows records as NXLog and its kin, EVTX files and XML give them. */
export const windowsShape: RecordShape<WindowsRecord> = {
  reader(path) {
    const known = READERS.get(path);
    if (known) return known;
    if (path.startsWith(DATA)) {
      const name = path.slice(DATA.length);
      return ({ data }) => present(data.get(name));
    }
    if (path === 'host.name') return undefined;
    const dot = path.indexOf('.');
    return ROOTS.has(dot < 0 ? path : path.slice(0, dot)) ? undefined : absent;
  },

  texts(record) {
    // What these change is named by two data, a key and a value, a share and a path, which the event has as one.
    if (record.code === '4657' || record.code === '5145') return undefined;
    const texts: FieldValue[] = [datasetOf(record.channel ?? '')];
    if (record.bag)
      // The data in an XML text are written otherwise there.
      return typeof record.bag['EventData'] !== 'string' && addScalars(record.bag, texts, 0)
        ? texts
        : undefined;
    texts.push(record.code);
    for (const text of [
      record.channel,
      record.provider,
      record.providerGuid,
      record.computer,
      record.recordId,
    ])
      if (text !== undefined) texts.push(text);
    for (const text of [record.level, record.task, record.opcode, record.version, record.userSid])
      if (text !== undefined) texts.push(text);
    for (const text of [record.activityId, record.relatedActivityId, record.message])
      if (text !== undefined) texts.push(text);
    if (record.keywords) texts.push(record.keywords);
    const add = (value: WindowsDatum): void => void texts.push(value);
    record.data.forEach(add);
    record.userData?.forEach(add);
    return record.shipper === undefined || addScalars(record.shipper, texts, 0) ? texts : undefined;
  },

  readsAll: (literal) => !NUMERIC.test(literal) && !WORDS.some((word) => word.includes(literal)),
};

/** Numbers, addresses and times may be written otherwise in the event than in its record. */
const NUMERIC = /^[0-9a-fxtz:.+ -]*$/;
/** What the event says in words of its own. */
const WORDS: readonly string[] = [
  ...WINDOWS_EVENT_WORDS,
  ...LEVELS.values(),
  ...LOGON_TYPES.values(),
  ...['windows', 'success', 'failure', 'event', 'sz_dword', 'sz_qword', 'hklm', 'hku', 'dns'],
  ...['ipv4', 'ipv6', 'ingress', 'egress', 'clock_ahead', 'clock_unset'],
].map((word) => word.toLowerCase());

function absent(): undefined {
  return undefined;
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function present(value: WindowsDatum | undefined): FieldValue | undefined {
  return typeof value === 'object' && value.length === 0 ? undefined : value;
}

function kindOf({ channel, code }: WindowsRecord): WindowsEventKind | undefined {
  return windowsEventKind(lowered(channel ?? ''), code);
}

function executable(record: WindowsRecord): string | undefined {
  const family = familyOf(lowered(record.channel ?? ''));
  if (family === 'sysmon') return sysmonExecutable(datumReader(record));
  return family === 'security' ? securityExecutable(record.code, datumReader(record)) : undefined;
}

function commandLine(record: WindowsRecord): string | undefined {
  const { code } = record;
  if (familyOf(lowered(record.channel ?? '')) !== 'powershell') return startedCommandLine(record);
  if (code === '4104') return undefined;
  return filled(contextOf(code, datumReader(record), filled(record.message)).HostApplication);
}

function startedWith(
  sysmon: string,
  security: string | undefined,
): (record: WindowsRecord) => string | undefined {
  return (record) => {
    const family = familyOf(lowered(record.channel ?? ''));
    const name =
      family === 'sysmon' && record.code === '1'
        ? sysmon
        : family === 'security' && record.code === '4688'
          ? security
          : undefined;
    return name === undefined ? undefined : datumReader(record)(name);
  };
}

function questionName(record: WindowsRecord): string | undefined {
  if (record.code !== '22' || familyOf(lowered(record.channel ?? '')) !== 'sysmon') return undefined;
  return datumReader(record)('QueryName');
}

/** The values of an object that is small and almost flat, as nearly all are; false for another. */
function addScalars(value: object, texts: FieldValue[], depth: number): boolean {
  if (depth > 4 || texts.length > 1_000) return false;
  for (const item of Object.values(value) as unknown[]) {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') texts.push(item);
    else if (typeof item === 'object' && item !== null && !addScalars(item, texts, depth + 1)) return false;
  }
  return true;
}
