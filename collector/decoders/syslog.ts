/** One syslog message, RFC 5424 or RFC 3164 (and what passes for it), as its parts. */
import { instantOf, monthNumber, parseIso } from './timestamp.js';
import { readStructuredData, type StructuredData } from './structured-data.js';

export interface SyslogMessage {
  readonly form: 'rfc5424' | 'rfc3164';
  /** 0–191; undefined where the message had none. */
  readonly priority?: number;
  readonly version?: number;
  /** Epoch milliseconds; undefined where there was no readable clock. */
  readonly timeMs?: number;
  readonly hostname?: string;
  readonly appname?: string;
  readonly procid?: string;
  readonly msgid?: string;
  readonly structuredData?: StructuredData;
  readonly message: string;
  /** What did not follow the standard, as a stable word. */
  readonly flaw?: 'bad_priority' | 'bad_structured_data' | 'no_header';
}

export interface SyslogContext {
  /** Time of receipt, epoch milliseconds: a clock without year is held against it. */
  readonly receivedMs: number;
  /** Zone of clocks that name none, minutes east of UTC; default 0. */
  readonly offsetMinutes?: number;
}

const DAY_MS = 86_400_000;
const BSD_CLOCK =
  /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ([A-Z]{3,4}|[+-]\d\d:?\d\d))?(?= |: |$)/;
const ISO_CLOCK = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?(?= )/;
/** `sshd[123]:`, `sudo:`, `app/sub[1]:` — a tag is one word, up to 64 characters here, ended by `:` or `[pid]:`. */
const TAG = /^([^\s:[\]]{1,64})(?:\[([^\]\s]{1,64})\])?: ?/;

/** Never fails: what has no readable header is a message without one, and says so in `flaw`. */
export function decodeSyslog(text: string, context: SyslogContext): SyslogMessage {
  const priority = readPriority(text);
  if (priority === undefined) {
    const bad = text.startsWith('<');
    return decodeBsd(text, 0, undefined, context, bad ? 'bad_priority' : undefined);
  }
  const at = text.indexOf('>') + 1;
  const version = /^([1-9]\d{0,2}) /.exec(text.slice(at, at + 4));
  if (version) {
    const modern = decodeModern(text, at + version[0].length, priority, Number(version[1]));
    if (modern) return modern;
  }
  return decodeBsd(text, at, priority, context, undefined);
}

/** PRI of RFC 5424 section 6.2.1: 1–3 digits, at most 191. */
function readPriority(text: string): number | undefined {
  if (text.charCodeAt(0) !== 0x3c) return undefined;
  const end = text.indexOf('>');
  if (end < 2 || end > 4) return undefined;
  const digits = text.slice(1, end);
  const priority = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  return priority <= 191 ? priority : undefined;
}

function decodeModern(
  text: string,
  at: number,
  priority: number,
  version: number,
): SyslogMessage | undefined {
  const words: string[] = [];
  for (let count = 0; count < 5; count++) {
    let end = text.indexOf(' ', at);
    // A message may end after MSGID with neither structured data nor text, though the standard wants `-`.
    if (end < 0) end = text.length;
    if (end === at) return undefined;
    words.push(text.slice(at, end));
    at = end + 1;
  }
  const [clock, hostname, appname, procid, msgid] = words as [string, string, string, string, string];
  const timeMs = clock === '-' ? undefined : parseIso(clock);
  if (clock !== '-' && timeMs === undefined) return undefined;
  const structured = at < text.length ? readStructuredData(text, at) : { data: {}, end: text.length };
  const rest = structured ? text.slice(structured.end) : text.slice(at);
  const message = structured && rest.startsWith(' ') ? rest.slice(1) : rest;
  return {
    form: 'rfc5424',
    priority,
    version,
    ...(timeMs !== undefined && { timeMs }),
    ...(hostname !== '-' && { hostname }),
    ...(appname !== '-' && { appname }),
    ...(procid !== '-' && { procid }),
    ...(msgid !== '-' && { msgid }),
    ...(structured && { structuredData: structured.data }),
    ...(!structured && { flaw: 'bad_structured_data' as const }),
    // BOM of RFC 5424 section 6.4.
    message: message.charCodeAt(0) === 0xfeff ? message.slice(1) : message,
  };
}

function decodeBsd(
  text: string,
  at: number,
  priority: number | undefined,
  context: SyslogContext,
  flaw: SyslogMessage['flaw'],
): SyslogMessage {
  const clock = readClock(text, at, context);
  if (!clock) {
    const message = text.slice(at);
    // `<13>prog[1]: text` without clock and host, as many programs write into the local socket.
    const tag = priority === undefined ? null : TAG.exec(message);
    const named = tag ? { appname: tag[1] as string, ...(tag[2] && { procid: tag[2] }) } : {};
    return {
      form: 'rfc3164',
      ...(priority !== undefined && { priority }),
      ...named,
      message: tag ? message.slice(tag[0].length) : message,
      flaw: flaw ?? 'no_header',
    };
  }
  let rest = text.slice(clock.end);
  let hostname: string | undefined;
  // Some relays write two blanks for a host they do not know.
  if (rest.startsWith(' ')) rest = rest.slice(1);
  let tag = TAG.exec(rest);
  // `Nov 22 10:00:00 sshd[1]: …` has no host: the first word is already the tag.
  if (!tag) {
    const blank = rest.indexOf(' ');
    if (blank > 0) {
      hostname = rest.slice(0, blank);
      rest = rest.slice(blank + 1);
      tag = TAG.exec(rest);
    } else if (blank === 0) rest = rest.slice(1);
  }
  return {
    form: 'rfc3164',
    ...(priority !== undefined && { priority }),
    timeMs: clock.timeMs,
    ...(hostname !== undefined && { hostname }),
    ...(tag && { appname: tag[1] as string, ...(tag[2] && { procid: tag[2] }) }),
    message: tag ? rest.slice(tag[0].length) : rest,
    ...(flaw && { flaw }),
  };
}

/** True if the text begins as a syslog line does: an optional priority and a clock. */
export function looksLikeSyslog(text: string): boolean {
  if (text.charCodeAt(0) === 0x3c) return readPriority(text) !== undefined;
  return BSD_CLOCK.test(text) || ISO_CLOCK.test(text);
}

function readClock(
  text: string,
  at: number,
  context: SyslogContext,
): { timeMs: number; end: number } | undefined {
  const head = text.slice(at, at + 48);
  const bsd = BSD_CLOCK.exec(head);
  if (bsd) {
    const timeMs = bsdTime(bsd, context);
    if (timeMs === undefined) return undefined;
    let end = at + bsd[0].length;
    // Cisco closes its clock with `: `.
    if (text[end] === ':') end++;
    return { timeMs, end: end + 1 };
  }
  const iso = ISO_CLOCK.exec(head);
  const timeMs = iso ? parseIso(iso[0], context.offsetMinutes) : undefined;
  return iso && timeMs !== undefined ? { timeMs, end: at + iso[0].length + 1 } : undefined;
}

function bsdTime(match: RegExpExecArray, context: SyslogContext): number | undefined {
  const month = monthNumber(match[1] as string);
  if (month === undefined) return undefined;
  const zone = match[8] !== undefined && /^[+-]/.test(match[8]) ? isoZone(match[8]) : undefined;
  const offset = zone ?? context.offsetMinutes ?? 0;
  const fraction = match[7] === undefined ? 0 : Math.trunc(Number(`0.${match[7]}`) * 1000);
  const at = (year: number): number | undefined =>
    instantOf(year, month, Number(match[2]), Number(match[4]), Number(match[5]), Number(match[6]), offset);
  if (match[3] !== undefined) {
    const whole = at(Number(match[3]));
    return whole === undefined ? undefined : whole + fraction;
  }
  const resolved = resolveYear(at, context.receivedMs);
  return resolved === undefined ? undefined : resolved + fraction;
}

function isoZone(text: string): number {
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return text[0] === '-' ? -minutes : minutes;
}

/**
 * A clock without year means its latest occurrence that lies no more than a day after the receipt: 31 December read
 * on 1 January is last year's, and a clock that is slightly ahead at the turn of the year is next year's.
 * 29 February goes back to the last leap year.
 */
export function resolveYear(
  at: (year: number) => number | undefined,
  receivedMs: number,
): number | undefined {
  const year = new Date(receivedMs).getUTCFullYear();
  for (let candidate = year + 1; candidate >= year - 8; candidate--) {
    const moment = at(candidate);
    if (moment !== undefined && moment <= receivedMs + DAY_MS) return moment;
  }
  return undefined;
}
