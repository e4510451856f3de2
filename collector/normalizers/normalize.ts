/** The way from a record to an event in ECS. Pure, and total: every record becomes an event. */
import type { NewEvent } from '#kernel/event.js';
import { fault, sentenceOf } from '#kernel/errors.js';
import { decodeAccessLog, looksLikeAccessLog } from '../decoders/access-log.js';
import { decodeEvtx, evtxEvent } from '../decoders/evtx.js';
import { decodeJournald, isJournaldEntry } from '../decoders/journald.js';
import { decodeJsonLine, looksLikeJson } from '../decoders/json-line.js';
import { looksLikeOsloLine } from '../decoders/oslo-log.js';
import { decodeFlatWindowsEvent, isFlatWindowsEvent } from '../decoders/nxlog.js';
import { decodeSyslog, looksLikeSyslog } from '../decoders/syslog.js';
import { decodeEventXml, looksLikeEventXml } from '../decoders/event-xml.js';
import { clockToMs } from '../decoders/timestamp.js';
import type { WindowsRecord } from '../decoders/windows-record.js';
import { normalizeAccess } from './access.js';
import { Draft } from './draft.js';
import { flatten } from './flatten.js';
import { normalizeJournald } from './journald.js';
import { findRecord, normalizeOsloText, normalizeRecord } from './products.js';
import type { NormalizeContext, RawRecord, RecordFormat } from './record.js';
import { accessServer, documentTime, normalizeShipped } from './shipper.js';
import { isLineFormat, normalizeBareLine, normalizeLineOf } from './lines/lines.js';
import { isPostgresqlJson, normalizePostgresqlJson } from './lines/postgresql.js';
import { normalizeSyslog } from './syslog.js';
import { windowsFields, winlogbeatFields } from './windows.js';

/** Unparsable input becomes an event with `event.kind: pipeline_error`, `error.message` and `event.original`. */
export function normalize(record: RawRecord, context: NormalizeContext): NewEvent {
  const draft = new Draft(context);
  draft.set('log.file.path', record.path);
  draft.set('log.source.address', record.peer);
  draft.set('event.original', record.line);
  if (record.invalidUtf8) draft.tag('invalid_utf8');
  if (record.problem !== undefined)
    draft.fail(sentenceOf(fault('decode_failed', { reason: record.problem })), record.text);
  else if (record.windows !== undefined) windowsFields(draft, record.windows);
  else if (record.value !== undefined) normalizeObject(draft, record.value, record.text);
  else normalizeText(draft, record.text ?? '');
  if (record.cutTo !== undefined)
    draft.fail(sentenceOf(fault('line_too_long', { limit: record.cutTo })), record.text);
  if (record.peer !== undefined) draft.set('host.name', record.peer);
  const timeMs = draft.finish();
  const { unit, realm, classification, source } = context;
  const { fields } = draft;
  // Written out: this runs for every event, and spreading a condition costs more than all of the rest of it.
  return record.senderId === undefined
    ? { timeMs, unit, realm, classification, source, fields }
    : { senderId: record.senderId, timeMs, unit, realm, classification, source, fields };
}

/** True for an event that tells of a record which could not be read as it should have been. */
export function isPipelineError(event: Pick<NewEvent, 'fields'>): boolean {
  return event.fields['event.kind'] === 'pipeline_error';
}

/** Formats whose records are JSON objects and nothing else. */
const JSON_FORMATS: ReadonlySet<RecordFormat> = new Set([
  'json',
  'journald',
  'windows',
  'suricata',
  'cloudtrail',
  'kubernetes',
]);

function normalizeText(draft: Draft, text: string): void {
  const format = draft.context.format ?? 'auto';
  const json = JSON_FORMATS.has(format);
  const syslogged = format === 'suricata' || format === 'kubernetes' || format === 'cloudtrail';
  if (syslogged && !looksLikeJson(text) && looksLikeSyslog(text)) {
    syslogText(draft, text);
    return;
  }
  if (json || ((format === 'auto' || format === 'zeek' || format === 'openstack') && looksLikeJson(text))) {
    const decoded = decodeJsonLine(text);
    if (decoded.ok) normalizeObject(draft, decoded.value, text);
    else if (json || !/^\s*\{\s*[^"\s}]/.test(text))
      draft.fail(sentenceOf(fault('decode_failed', { reason: decoded.reason })), text);
    // `{worker 3} started` is a text that merely begins like JSON.
    else plainText(draft, text);
    return;
  }
  if (format === 'text') plainText(draft, text);
  else if (format === 'zeek')
    draft.fail(sentenceOf(fault('decode_failed', { reason: 'no `#fields` header before the line' })), text);
  else if (format === 'syslog') syslogText(draft, text);
  else if (format === 'nginx' || format === 'apache') {
    if (accessText(draft, text, format)) return;
    if (looksLikeSyslog(text)) syslogText(draft, text);
    else draft.fail(sentenceOf(fault('decode_failed', { reason: 'no access log line' })), text);
  } else if (isLineFormat(format)) lineText(draft, format, text);
  else if (looksLikeEventXml(text)) xmlText(draft, text);
  else if (bareLine(draft, text)) return;
  else if (looksLikeOsloLine(text) && normalizeOsloText(draft, text)) return;
  else if (looksLikeSyslog(text)) syslogText(draft, text);
  else if (!looksLikeAccessLog(text) || !accessText(draft, text)) plainText(draft, text);
}

/** A line of a named product: bare, in a syslog envelope, or as JSON that a shipper made of it. */
function lineText(draft: Draft, format: Parameters<typeof normalizeLineOf>[1], text: string): void {
  draft.set('event.original', text);
  if (looksLikeJson(text)) {
    const decoded = decodeJsonLine(text);
    if (decoded.ok) {
      normalizeObject(draft, decoded.value, text);
      return;
    }
  }
  if (normalizeLineOf(draft, format, text)) return;
  if (looksLikeSyslog(text)) syslogText(draft, text);
  else draft.fail(sentenceOf(fault('decode_failed', { reason: `no line of ${format}` })), text);
}

function bareLine(draft: Draft, text: string): boolean {
  if (!normalizeBareLine(draft, text)) return false;
  draft.set('event.original', text);
  return true;
}

function plainText(draft: Draft, text: string): void {
  draft.set('message', text);
  draft.set('event.original', text);
}

function syslogText(draft: Draft, text: string): void {
  const syslog = decodeSyslog(text, {
    receivedMs: draft.context.receivedMs,
    offsetMinutes: draft.context.offsetMinutes ?? 0,
  });
  draft.set('event.original', text);
  if (syslog.priority === undefined && syslog.timeMs === undefined && draft.context.format === 'syslog') {
    draft.set('message', text);
    draft.fail(sentenceOf(fault('decode_failed', { reason: 'no syslog header' })), text);
    return;
  }
  normalizeSyslog(draft, syslog);
}

function xmlText(draft: Draft, text: string): void {
  const record = decodeEventXml(text);
  draft.set('event.original', text);
  if (record) windowsFields(draft, record);
  else draft.fail(sentenceOf(fault('decode_failed', { reason: 'no event id in the XML' })), text);
}

function accessText(draft: Draft, text: string, told?: 'nginx' | 'apache'): boolean {
  const access = decodeAccessLog(text);
  if (!access) return false;
  draft.set('event.original', text);
  normalizeAccess(draft, access, told ?? accessServer(draft, access));
  return true;
}

function normalizeObject(
  draft: Draft,
  value: Readonly<Record<string, unknown>>,
  text: string | undefined,
): void {
  const windows = windowsRecordOf(value, draft.context.offsetMinutes);
  if (windows) {
    windowsFields(draft, windows);
    return;
  }
  if (isJournaldEntry(value)) {
    normalizeJournald(draft, decodeJournald(value));
    return;
  }
  const found = findRecord(value, draft.context.format);
  if (found) {
    cut(draft, normalizeRecord(draft, found), text);
    return;
  }
  if (isPostgresqlJson(value)) {
    normalizePostgresqlJson(draft, value);
    cut(draft, flatten(value, draft.fields, 'postgresql.jsonlog'), text);
    return;
  }
  // A clock that can be read does not become a path at all: taking it away again would cost a copy.
  const clock = value['@timestamp'];
  const timeMs = clockToMs(clock, draft.context.offsetMinutes ?? 0);
  const lost = flatten(value, draft.fields, '', timeMs === undefined ? undefined : '@timestamp');
  draft.timeMs = timeMs ?? documentTime(draft);
  if ('winlog.event_id' in draft.fields || 'winlog.channel' in draft.fields) winlogbeatFields(draft);
  else normalizeShipped(draft);
  cut(draft, lost, text);
}

/** The record of an object that is a Windows event as EVTX files or NXLog have it; undefined for any other. */
export function windowsRecordOf(
  value: Readonly<Record<string, unknown>>,
  offsetMinutes = 0,
): WindowsRecord | undefined {
  const event = evtxEvent(value);
  if (event) return decodeEvtx(event);
  const flat = isFlatWindowsEvent(value) && value['winlog'] === undefined;
  return flat ? decodeFlatWindowsEvent(value, offsetMinutes) : undefined;
}

function cut(draft: Draft, lost: number, text: string | undefined): void {
  if (lost === 0) return;
  draft.tag('fields_cut');
  draft.fail(`${lost} values lay beyond the limits of nesting, paths or values and were left out`, text);
}
