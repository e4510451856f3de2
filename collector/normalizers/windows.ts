/**
 * Windows events of every shape in one form: `event.code`, `winlog.*`, `winlog.event_data.<Name>` for every datum,
 * and ECS beside it.
 */
import type { FieldValue } from '#kernel/event.js';
import type { DatumReader, WindowsRecord } from '../decoders/windows-record.js';
import { remember } from '../decoders/remember.js';
import { flatten } from './flatten.js';
import type { Draft } from './draft.js';
import { powershellFields } from './windows-powershell.js';
import { securityFields } from './windows-security.js';
import { sysmonFields } from './windows-sysmon.js';
import { windowsEventKind } from './windows-events.js';

/** Numbers of Windows, and the words of shippers that differ from them. */
export const LEVELS: ReadonlyMap<string, string> = new Map([
  ['0', 'information'],
  ['1', 'critical'],
  ['2', 'error'],
  ['3', 'warning'],
  ['4', 'information'],
  ['5', 'verbose'],
  ['info', 'information'],
  ['warn', 'warning'],
]);
/** The other way round, for shippers that give the word alone; 4 is what Windows calls information. */
const LEVEL_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['critical', '1'],
  ['error', '2'],
  ['warning', '3'],
  ['information', '4'],
  ['verbose', '5'],
]);
const AUDIT_FAILURE = 1n << 52n;
const AUDIT_SUCCESS = 1n << 53n;

/** Fills the draft from a record; what an agent has set already stays. */
export function windowsFields(draft: Draft, record: WindowsRecord): void {
  draft.timeMs ??= record.timeMs;
  draft.set('event.code', record.code);
  draft.set('event.provider', record.provider);
  draft.set('winlog.event_id', record.code);
  draft.set('winlog.channel', record.channel);
  draft.set('winlog.provider_name', record.provider);
  draft.set('winlog.provider_guid', record.providerGuid);
  draft.set('winlog.computer_name', record.computer);
  draft.set('winlog.record_id', record.recordId);
  draft.set('winlog.task', record.task);
  draft.set('winlog.opcode', record.opcode);
  draft.set('winlog.version', record.version);
  draft.set('winlog.keywords', record.keywords);
  draft.set('winlog.activity_id', record.activityId);
  draft.set('winlog.related_activity_id', record.relatedActivityId);
  draft.set('winlog.process.pid', record.processId);
  draft.set('winlog.process.thread.id', record.threadId);
  draft.set('winlog.user.identifier', record.userSid);
  setLevel(draft, record.level);
  draft.set('message', record.message);
  draft.set('host.name', record.computer);
  // An empty datum is kept: Windows said that there is none, which differs from not having said anything.
  record.data.forEach((value, name) => {
    setDatum(draft, datumPath(name), value);
  });
  record.userData?.forEach((value, name) => {
    draft.set(`winlog.user_data.${name}`, value);
  });
  const shipper = record.shipper;
  if (shipper) flatten(shipper, draft.fields, 'nxlog');
  enrichWindows(draft, datumReader(record));
}

/** The first value of a datum as text; none where Windows wrote that there is none. */
export function datumReader({ data }: WindowsRecord): DatumReader {
  return (name) => {
    const value = data.get(name);
    const text = typeof value === 'string' ? value : value?.[0];
    return text === '' || text === '-' ? undefined : text;
  };
}

/** The word as `log.level`, the number of Windows as `winlog.level`: rules ask for either. */
function setLevel(draft: Draft, given: string | undefined): void {
  if (given === undefined) return;
  const { word, number } = levelOf(given);
  draft.set('log.level', word);
  draft.replace('winlog.level', number);
}

/** A level as a word, and as Windows' number where it is a known word. */
export const levelOf = remember(256, (given: string): { readonly word: string; readonly number: string } => {
  const said = given.toLowerCase();
  const word = LEVELS.get(said) ?? said;
  return { word, number: /^\d$/.test(said) ? said : (LEVEL_NUMBERS.get(word) ?? said) };
});

function setDatum(draft: Draft, path: string, value: FieldValue): void {
  if (value === '') draft.fields[path] ??= value;
  else draft.set(path, value);
}

/** Already flat fields of Winlogbeat (and of Elastic Agent and Logstash in its shape) in the same form. */
export function winlogbeatFields(draft: Draft): void {
  const fields = draft.fields;
  // Ids are text everywhere, as Elastic's mapping has them, though Winlogbeat 7 sends numbers.
  for (const path of ['winlog.event_id', 'winlog.record_id', 'winlog.version', 'event.code']) {
    const value = fields[path];
    if (typeof value === 'number') fields[path] = String(value);
  }
  for (const path of Object.keys(fields)) {
    if (!path.startsWith('winlog.event_data.')) {
      if (path.startsWith('winlog.user_data.') && path !== 'winlog.user_data.xml_name')
        draft.set(`winlog.event_data.${path.slice(path.lastIndexOf('.') + 1)}`, fields[path]);
      continue;
    }
    const value = fields[path];
    if (typeof value === 'number' || typeof value === 'boolean') fields[path] = String(value);
  }
  const params: string[] = [];
  for (let index = 1; index <= 256; index++) {
    const value = draft.text(`winlog.event_data.param${index}`);
    if (value === undefined) break;
    params.push(value);
  }
  draft.set('winlog.event_data.Data', params);
  draft.set('event.code', draft.text('winlog.event_id'));
  draft.set('winlog.event_id', draft.text('event.code'));
  draft.set('event.provider', draft.text('winlog.provider_name'));
  draft.set('host.name', draft.text('winlog.computer_name'));
  setLevel(draft, draft.text('winlog.level') ?? draft.text('log.level'));
  enrichWindows(draft, (name) => {
    const text = draft.text(datumPath(name));
    return text === '' || text === '-' ? undefined : text;
  });
}

/** Joining the names anew for every event costs more than all of the rest. */
const datumPath = remember(10_000, (name: string) => `winlog.event_data.${name}`);

function enrichWindows(draft: Draft, datum: DatumReader): void {
  const channel = draft.text('winlog.channel') ?? '';
  const code = draft.text('event.code') ?? '';
  draft.set('event.module', 'windows');
  draft.set('event.dataset', datasetOf(channel));
  const name = lowered(channel);
  const kind = windowsEventKind(name, code);
  if (kind) {
    draft.set('event.category', kind.category);
    draft.set('event.type', kind.type);
    // Agents put the task's name here, which says less and is not the same everywhere.
    draft.replace('event.action', kind.action);
    const task = draft.text('winlog.task');
    if (task !== undefined && !/^\d+$/.test(task)) draft.set('event.action', task);
  }
  draft.set('event.outcome', kind?.outcome ?? auditOutcome(draft));
  const family = familyOf(name);
  if (family === 'security') securityFields(draft, code, datum);
  else if (family === 'sysmon') sysmonFields(draft, code, datum);
  else if (family === 'powershell') powershellFields(draft, code, datum);
  draft.set('user.id', draft.text('winlog.user.identifier'));
}

/** Which data the events of a channel (in lower case) have. */
export function familyOf(channel: string): 'security' | 'sysmon' | 'powershell' | undefined {
  if (channel === 'security') return 'security';
  if (channel.endsWith('sysmon/operational')) return 'sysmon';
  return channel.includes('powershell') ? 'powershell' : undefined;
}

export const lowered = remember(1_000, (channel: string) => channel.toLowerCase());

/** `Microsoft-Windows-Sysmon/Operational` → `windows.sysmon_operational`, `Windows PowerShell` → `windows.powershell`. */
export const datasetOf = remember(1_000, (channel: string) => {
  const name = channel
    .toLowerCase()
    .replace(/^(?:microsoft-windows-|windows |linux-)/, '')
    .replace(/[^a-z0-9]+/g, '_');
  return `windows.${name === '' || name === '_' ? 'forwarded' : name.slice(0, 64)}`;
});

/** From the audit bits of the keywords, or from the words that Winlogbeat and NXLog make of them. */
function auditOutcome(draft: Draft): string | undefined {
  const said = draft.text('winlog.outcome');
  if (said === 'success' || said === 'failure') return said;
  const eventType = draft.text('nxlog.EventType');
  if (eventType === 'AUDIT_SUCCESS') return 'success';
  if (eventType === 'AUDIT_FAILURE') return 'failure';
  const keywords = draft.text('winlog.keywords');
  if (keywords === 'Audit Success') return 'success';
  if (keywords === 'Audit Failure') return 'failure';
  return keywords === undefined ? undefined : outcomeOfBits(keywords)[0];
}

const outcomeOfBits = remember(256, (keywords: string): readonly string[] => {
  if (!/^0x[0-9a-fA-F]{1,16}$/.test(keywords)) return [];
  const bits = BigInt(keywords);
  if ((bits & AUDIT_FAILURE) !== 0n) return ['failure'];
  return (bits & AUDIT_SUCCESS) !== 0n ? ['success'] : [];
});
