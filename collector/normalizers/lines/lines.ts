/** Which product wrote a line of text: by the program that logged it, or by its form where there is no envelope. */
import type { Draft } from '../draft.js';
import type { RecordFormat } from '../record.js';
import { looksLikeAuditd, normalizeAuditd } from './auditd.js';
import { looksLikeBind, normalizeBind } from './bind.js';
import { looksLikeCef, normalizeCef } from './cef.js';
import { normalizeHaproxy } from './haproxy.js';
import { looksLikeMysql, normalizeMysql } from './mysql.js';
import { isNetfilter, normalizeNetfilter } from './netfilter.js';
import { looksLikePostgresql, normalizePostgresql } from './postgresql.js';
import { looksLikeSquid, normalizeSquid } from './squid.js';

/** False where the text is not of the product: then nothing has been set. */
type LineReader = (draft: Draft, text: string) => boolean;

const PROGRAMS: Readonly<Record<string, LineReader>> = {
  ...{
    auditd: normalizeAuditd,
    audispd: normalizeAuditd,
    'audisp-syslog': normalizeAuditd,
    audit: normalizeAuditd,
  },
  named: normalizeBind,
  squid: normalizeSquid,
  '(squid-1)': normalizeSquid,
  haproxy: normalizeHaproxy,
  ...{ postgres: normalizePostgresql, postgresql: normalizePostgresql },
  ...{ mysqld: normalizeMysql, mariadbd: normalizeMysql, mysql: normalizeMysql },
  CEF: (draft, text) => normalizeCef(draft, text, true),
  kernel: (draft, text) => normalizeNetfilter(draft, text) || normalizeAuditd(draft, text),
};

/** What a program says, by the name it logs under; CEF may come under any. */
export function normalizeProgramLine(draft: Draft, program: string | undefined, message: string): boolean {
  if (program !== undefined && Object.hasOwn(PROGRAMS, program))
    return (PROGRAMS[program] as LineReader)(draft, message);
  const first = message.charCodeAt(0);
  // `CEF:`, `type=`, and a packet of a rule's own prefix.
  if (first === 0x43 && looksLikeCef(message)) return normalizeCef(draft, message);
  if (first === 0x74 && looksLikeAuditd(message)) return normalizeAuditd(draft, message);
  return false;
}

export const LINE_FORMATS = [
  'auditd',
  'bind',
  'squid',
  'iptables',
  'haproxy',
  'postgresql',
  'mysql',
  'cef',
] as const satisfies readonly RecordFormat[];
type LineFormat = (typeof LINE_FORMATS)[number];

const FORMATS: Readonly<Record<LineFormat, LineReader>> = {
  auditd: normalizeAuditd,
  bind: normalizeBind,
  squid: normalizeSquid,
  iptables: normalizeNetfilter,
  haproxy: normalizeHaproxy,
  postgresql: normalizePostgresql,
  mysql: normalizeMysql,
  cef: normalizeCef,
};

export function isLineFormat(format: RecordFormat): format is LineFormat {
  return Object.hasOwn(FORMATS, format);
}

/** A line of a format that was named. */
export function normalizeLineOf(draft: Draft, format: LineFormat, text: string): boolean {
  return FORMATS[format](draft, text);
}

/** A line without an envelope, by its form. What begins like none of these costs a look at its first character. */
export function normalizeBareLine(draft: Draft, text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 0x74 || first === 0x6e) return looksLikeAuditd(text) && normalizeAuditd(draft, text);
  if (first === 0x43) return looksLikeCef(text) && normalizeCef(draft, text);
  if (first >= 0x30 && first <= 0x39)
    return (
      (looksLikeSquid(text) && normalizeSquid(draft, text)) ||
      (looksLikeBind(text) && normalizeBind(draft, text)) ||
      (looksLikePostgresql(text) && normalizePostgresql(draft, text)) ||
      (looksLikeMysql(text) && normalizeMysql(draft, text))
    );
  if (first === 0x49 || first === 0x5b) return isNetfilter(text) && normalizeNetfilter(draft, text);
  return false;
}
