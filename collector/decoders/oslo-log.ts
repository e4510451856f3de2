/** A line of oslo.log, OpenStack's logging, and the request that an API server of it tells of. */
import { parseIso } from './timestamp.js';

export interface OsloLine {
  readonly timeMs?: number;
  readonly pid?: number;
  readonly level: string;
  /** Name of the logger: `nova.osapi_compute.wsgi.server`. */
  readonly logger: string;
  readonly requestId?: string;
  readonly globalRequestId?: string;
  readonly userId?: string;
  readonly projectId?: string;
  readonly message: string;
}

/** With a clock before it in a file; without one where syslog or journald has it. A file's name may stand before all. */
const LINE =
  /^(?:[\w.:-]{1,128} )?(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) )?(\d{1,10}) (DEBUG|INFO|AUDIT|WARNING|WARN|ERROR|CRITICAL|TRACE) ([a-z][\w.-]{1,128}) \[([^\]]{0,512})\] ?/;

export function decodeOsloLine(text: string, offsetMinutes = 0): OsloLine | undefined {
  const match = LINE.exec(text.length > 1024 ? text.slice(0, 1024) : text);
  if (!match) return undefined;
  const words = (match[5] as string).split(' ');
  // `req-… user project …`, since 2017 `global-req req-… user project …`, where the first may be `None`.
  const at = words.findLastIndex((word) => word.startsWith('req-'));
  const [user, project] = at < 0 ? [] : words.slice(at + 1);
  const timeMs = match[1] === undefined ? undefined : parseIso(match[1], offsetMinutes);
  return {
    ...(timeMs !== undefined && { timeMs }),
    pid: Number(match[2]),
    level: match[3] as string,
    logger: match[4] as string,
    ...(at >= 0 && { requestId: words[at] as string }),
    ...(at > 0 && words[0] !== 'None' && { globalRequestId: words[0] as string }),
    ...(given(user) && { userId: user }),
    ...(given(project) && { projectId: project }),
    message: text.slice(match[0].length),
  };
}

function given(word: string | undefined): word is string {
  return word !== undefined && word !== '-' && word !== 'None' && word !== '';
}

/** True for a text that begins like a line of oslo.log with its clock. */
export function looksLikeOsloLine(text: string): boolean {
  return /^(?:[\w.:-]{1,128} )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d{1,10} [A-Z]{4,8} [a-z][\w.-]{1,128} \[/.test(
    text.length > 256 ? text.slice(0, 256) : text,
  );
}

export interface OsloRequest {
  readonly address: string;
  readonly method: string;
  readonly target: string;
  readonly version?: string;
  readonly status: number;
  readonly bytes?: number;
  readonly seconds?: number;
}

const REQUEST =
  /^(\S{1,255}) "([A-Z]{1,16}) (\S{1,8192})(?: HTTP\/(\d(?:\.\d)?))?" status: (\d{3})(?:\s+len: (\d{1,15}))?(?:\s+(?:time|microversion): ?([\d.]{1,24}))?/;

/** `10.0.0.1 "GET /v2.1/servers HTTP/1.1" status: 200 len: 1893 time: 0.2477829`, as eventlet's and Glance's servers write. */
export function decodeOsloRequest(message: string): OsloRequest | undefined {
  const match = REQUEST.exec(message.length > 10_000 ? message.slice(0, 10_000) : message);
  if (!match) return undefined;
  const time = / time: ([\d.]{1,24})/.exec(
    message.slice(match[0].length - 64 > 0 ? match[0].length - 64 : 0),
  );
  return {
    // `10.0.0.1,10.0.0.2`: behind a proxy the client, then who connected.
    address: match[1] as string,
    method: match[2] as string,
    target: match[3] as string,
    ...(match[4] && { version: match[4] }),
    status: Number(match[5]),
    ...(match[6] && { bytes: Number(match[6]) }),
    ...(time && { seconds: Number(time[1]) }),
  };
}
