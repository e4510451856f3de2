/** The syslog envelope in ECS, then what the program says. */
import type { SyslogMessage } from '../decoders/syslog.js';
import { decodeEventXml, looksLikeEventXml } from '../decoders/event-xml.js';
import { decodeOsloLine } from '../decoders/oslo-log.js';
import type { Draft } from './draft.js';
import { normalizeProgramLine } from './lines/lines.js';
import { normalizeOsloLine } from './openstack.js';
import { normalizeRecord, recordInText } from './products.js';
import { normalizeProgram } from './program.js';
import { windowsFields } from './windows.js';

export const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'security',
  'console',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;
export const SEVERITY_NAMES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;

/** Facility of an authentication message: auth and authpriv. */
const AUTH_FACILITIES: readonly number[] = [4, 10];

/** `log.syslog.*` of a priority. */
export function setPriority(draft: Draft, priority: number): void {
  const facility = priority >> 3;
  const severity = priority & 7;
  draft.set('log.syslog.priority', priority);
  draft.set('log.syslog.facility.code', facility);
  draft.set('log.syslog.facility.name', FACILITIES[facility]);
  draft.set('log.syslog.severity.code', severity);
  draft.set('log.syslog.severity.name', SEVERITY_NAMES[severity]);
}

/** Fills the draft from a decoded message. */
export function normalizeSyslog(draft: Draft, syslog: SyslogMessage): void {
  if (syslog.priority !== undefined) setPriority(draft, syslog.priority);
  draft.set('log.syslog.version', syslog.version === undefined ? undefined : String(syslog.version));
  draft.set('log.syslog.hostname', syslog.hostname);
  draft.set('log.syslog.appname', syslog.appname);
  draft.set('log.syslog.procid', syslog.procid);
  draft.set('log.syslog.msgid', syslog.msgid);
  const structured = syslog.structuredData;
  for (const id in structured) {
    const params = structured[id] ?? {};
    for (const name in params) draft.set(`log.syslog.structured_data.${id}.${name}`, params[name]);
  }
  draft.set('host.hostname', syslog.hostname);
  draft.set('host.name', syslog.hostname);
  draft.timeMs ??= syslog.timeMs;
  if (syslog.flaw) draft.tag(`syslog_${syslog.flaw}`);
  normalizeMessage(draft, {
    program: syslog.appname,
    pid: syslog.procid,
    message: syslog.message,
    auth: syslog.priority !== undefined && AUTH_FACILITIES.includes(syslog.priority >> 3),
  });
}

export interface ProgramMessage {
  readonly program?: string | undefined;
  readonly pid?: string | undefined;
  readonly message: string;
  /** It came through the auth or authpriv facility. */
  readonly auth?: boolean;
}

/** `process.*`, `message`, and the program's own fields; the data set is that of the program. */
export function normalizeMessage(draft: Draft, said: ProgramMessage): void {
  // `postfix/smtpd` and `/usr/sbin/cron` are known by their last part.
  const name = said.program?.slice(said.program.lastIndexOf('/') + 1);
  draft.set('process.name', name);
  if (said.pid !== undefined && /^\d{1,10}$/.test(said.pid)) draft.set('process.pid', Number(said.pid));
  // The local socket's messages begin with a blank, and rsyslog's templates pass it on.
  const message = said.message.trimStart();
  if (normalizeProductText(draft, message)) return;
  if (message !== '') draft.replace('message', message);
  if (normalizeProgramLine(draft, name, message)) return;
  if (looksLikeEventXml(message)) {
    const record = decodeEventXml(message);
    if (record) {
      windowsFields(draft, record);
      return;
    }
  }
  const known = name !== undefined && normalizeProgram(draft, name, message);
  draft.set('event.dataset', known || said.auth ? 'system.auth' : 'system.syslog');
  draft.set('event.module', 'system');
}

/** Suricata, Zeek or a shipper logs its JSON by syslog; OpenStack's programs their lines without the clock. */
function normalizeProductText(draft: Draft, message: string): boolean {
  const first = message.charCodeAt(0);
  if (first === 0x7b || first === 0x40) {
    const found = recordInText(message);
    if (!found) return false;
    const timeMs = draft.timeMs;
    if (normalizeRecord(draft, found) > 0) draft.tag('fields_cut');
    draft.timeMs ??= timeMs;
    return true;
  }
  const line = first >= 0x30 && first <= 0x39 ? decodeOsloLine(message) : undefined;
  if (line === undefined) return false;
  const timeMs = draft.timeMs;
  normalizeOsloLine(draft, line);
  draft.timeMs ??= timeMs;
  return true;
}
