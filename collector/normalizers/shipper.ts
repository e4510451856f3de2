/**
 * Documents of shippers that pass on a syslog message or a line as `message`: the usual names of Filebeat, rsyslog,
 * Vector, Fluent Bit and Logstash for program, host, process and time, and what the line itself says.
 */
import { looksLikeAccessLog, decodeAccessLog } from '../decoders/access-log.js';
import { looksLikeOsloLine } from '../decoders/oslo-log.js';
import { decodeSyslog, looksLikeSyslog } from '../decoders/syslog.js';
import { clockToMs } from '../decoders/timestamp.js';
import { iso } from '#kernel/clock.js';
import { normalizeAccess } from './access.js';
import type { Draft } from './draft.js';
import { normalizeOsloText } from './products.js';
import { isKnownProgram } from './program.js';
import { setHost } from './shipper-host.js';
import { FACILITIES, normalizeMessage, normalizeSyslog, SEVERITY_NAMES } from './syslog.js';

const MESSAGE_PATHS = ['message', 'log', 'msg', 'MESSAGE', 'rawmsg', 'event.original'];
const PROGRAM_PATHS = [
  'log.syslog.appname',
  'process.name',
  'process.program',
  'syslog.identifier',
  'SYSLOG_IDENTIFIER',
  'programname',
  'appname',
  'app-name',
  'app_name',
  'ident',
  'program',
  'syslogtag',
  'tag',
];
const PID_PATHS = ['log.syslog.procid', 'process.pid', 'procid', 'pid', '_PID', 'SYSLOG_PID'];
const TIME_PATHS = ['timestamp', 'timereported', 'timegenerated', 'time', 'ts', 'eventTime', 'date'];
const FILE_PATHS = ['log.file.path', 'file', 'filename', 'path', 'filepath'];
const AUTH_WORDS = new Set(['auth', 'authpriv', 'security']);

function first(draft: Draft, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const text = draft.text(path);
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** Event time of a document: `@timestamp`, else the usual names. */
export function documentTime(draft: Draft): number | undefined {
  const offset = draft.context.offsetMinutes ?? 0;
  const own = draft.fields['@timestamp'];
  const found = own === undefined ? undefined : clockToMs(typeof own === 'object' ? own[0] : own, offset);
  if (found !== undefined) {
    draft.drop('@timestamp');
    return found;
  }
  for (const path of TIME_PATHS) {
    const value = Object.hasOwn(draft.fields, path) ? draft.fields[path] : undefined;
    const time =
      value === undefined ? undefined : clockToMs(typeof value === 'object' ? value[0] : value, offset);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** Reads a flattened document further where it carries a message of a kind we know; else leaves it as it is. */
export function normalizeShipped(draft: Draft): void {
  setHost(draft);
  const message = first(draft, MESSAGE_PATHS);
  if (message === undefined) return;
  if (looksLikeOsloLine(message)) {
    shippedOslo(draft, message);
    return;
  }
  const program = programOf(first(draft, PROGRAM_PATHS));
  if (looksLikeSyslog(message) && (program === undefined || !isKnownProgram(program.name))) {
    shippedLine(draft, message);
    return;
  }
  if (looksLikeAccessLog(message)) {
    const access = decodeAccessLog(message);
    if (access) {
      shippedClock(draft, access.timeMs);
      draft.set('event.original', message);
      normalizeAccess(draft, access, accessServer(draft, access, program?.name));
      return;
    }
  }
  if (program === undefined || draft.text('event.dataset')?.startsWith('windows.')) return;
  const facility = first(draft, [
    'log.syslog.facility.name',
    'facility',
    'syslog.facility_label',
    'facility_label',
    'syslogfacility-text',
  ]);
  setWords(
    draft,
    facility,
    first(draft, ['severity', 'syslogseverity-text', 'priority', 'syslog.severity_label', 'severity_label']),
  );
  normalizeMessage(draft, {
    program: program.name,
    pid: first(draft, PID_PATHS) ?? program.pid,
    message: message.trimStart(),
    auth: facility !== undefined && (AUTH_WORDS.has(facility) || facility === '4' || facility === '10'),
  });
}

/** A whole syslog line as message: its own clock is the event's, the shipper's is when it was read. */
function shippedLine(draft: Draft, message: string): void {
  const readMs = draft.timeMs;
  const syslog = decodeSyslog(message, {
    receivedMs: readMs ?? draft.context.receivedMs,
    offsetMinutes: draft.context.offsetMinutes ?? 0,
  });
  draft.set('event.original', message);
  if (syslog.message !== '') draft.replace('message', syslog.message);
  if (syslog.timeMs !== undefined) shippedClock(draft, syslog.timeMs);
  if (syslog.hostname !== undefined) draft.replace('host.name', syslog.hostname);
  normalizeSyslog(draft, syslog);
}

/** A line of OpenStack's logs as message: its own clock is the event's. */
function shippedOslo(draft: Draft, message: string): void {
  const readMs = draft.timeMs;
  draft.timeMs = undefined;
  normalizeOsloText(draft, message);
  const own = draft.timeMs as number | undefined;
  draft.timeMs = readMs;
  if (own !== undefined) shippedClock(draft, own);
}

function shippedClock(draft: Draft, timeMs: number): void {
  if (draft.timeMs !== undefined && draft.timeMs !== timeMs) draft.set('event.created', iso(draft.timeMs));
  draft.timeMs = timeMs;
}

/** rsyslog's `syslogtag` is `sshd[123]:`. */
function programOf(text: string | undefined): { name: string; pid?: string } | undefined {
  if (text === undefined) return undefined;
  const match = /^([^\s[\]:]{1,64})(?:\[(\d{1,10})\])?:? ?$/.exec(text);
  return match ? { name: match[1] as string, ...(match[2] && { pid: match[2] }) } : undefined;
}

/** Facility and severity as words (rsyslog, Vector) to the codes of `log.syslog`. */
function setWords(draft: Draft, facility: string | undefined, severity: string | undefined): void {
  const code =
    facility === undefined ? -1 : (FACILITIES as readonly string[]).indexOf(facility.toLowerCase());
  if (code >= 0) {
    draft.set('log.syslog.facility.code', code);
    draft.set('log.syslog.facility.name', FACILITIES[code]);
  }
  const word = severity?.toLowerCase().slice(0, 4);
  const level =
    word === undefined ? -1 : SEVERITY_NAMES.findIndex((name) => name.toLowerCase().startsWith(word));
  if (level >= 0 && word !== '') {
    draft.set('log.syslog.severity.code', level);
    draft.set('log.syslog.severity.name', SEVERITY_NAMES[level]);
  }
}

/** Which server wrote an access log: by data set, program or path; else Apache by what only Apache writes. */
export function accessServer(
  draft: Draft,
  access: { dashBytes: boolean; vhost?: string },
  program?: string,
): 'nginx' | 'apache' {
  const told = `${draft.text('event.dataset') ?? ''} ${draft.text('event.module') ?? ''} ${program ?? ''} ${first(draft, FILE_PATHS) ?? ''}`;
  if (/apache|httpd/.test(told)) return 'apache';
  if (told.includes('nginx')) return 'nginx';
  return access.dashBytes || /:\d+$/.test(access.vhost ?? '') ? 'apache' : 'nginx';
}
