/** One line of an HTTP access log: common and combined form of Apache and nginx, with or without a vhost before it. */
import { instantOf, monthNumber, zoneOffset } from './timestamp.js';

export interface AccessRecord {
  /** Name (and port) of the virtual host, where the format begins with it. */
  readonly vhost?: string;
  /** Address or name of the peer that connected; for a leading list the last entry, the nearest. */
  readonly remote: string;
  /** Further addresses of a leading list, in order. */
  readonly remoteList?: readonly string[];
  readonly user?: string;
  readonly timeMs: number;
  /** The request line, escapes undone. */
  readonly request: string;
  readonly method?: string;
  readonly target?: string;
  readonly httpVersion?: string;
  readonly status: number;
  readonly bytes?: number;
  /** True where the size is written `-`, as Apache does for none. */
  readonly dashBytes: boolean;
  readonly referrer?: string;
  readonly userAgent?: string;
  /** Quoted and bare fields after the user agent, such as nginx's `"$http_x_forwarded_for"`. */
  readonly extra: readonly string[];
}

const CLOCK = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\] "/;
const REQUEST = /^([A-Za-z_-]{1,32}) (.*?)(?: HTTP\/(\d(?:\.\d)?))?$/s;
const MOST_EXTRA = 16;

/** True if the text has the bracketed clock and quoted request of an access log. */
export function looksLikeAccessLog(text: string): boolean {
  return CLOCK.test(text.length > 2048 ? text.slice(0, 2048) : text);
}

/** Undefined where the line is of another form. */
export function decodeAccessLog(text: string): AccessRecord | undefined {
  const clock = CLOCK.exec(text);
  if (!clock || clock.index === 0) return undefined;
  const timeMs = readClock(clock);
  if (timeMs === undefined) return undefined;
  const peer = readPeer(text.slice(0, clock.index).trimEnd());
  if (!peer) return undefined;
  const requestStart = clock.index + clock[0].length;
  const requestEnd = closingQuote(text, requestStart);
  if (requestEnd < 0) return undefined;
  const numbers = /^ (\d{3}) (\d+|-)(?= |$)/.exec(text.slice(requestEnd + 1, requestEnd + 32));
  if (!numbers) return undefined;
  const request = unescapeLog(text.slice(requestStart, requestEnd));
  const line = REQUEST.exec(request);
  const [referrer, userAgent, ...extra] = readFields(text, requestEnd + 1 + numbers[0].length);
  return {
    ...peer,
    timeMs,
    request,
    ...(line && { method: line[1] as string, target: line[2] as string }),
    ...(line?.[3] && { httpVersion: line[3] }),
    status: Number(numbers[1]),
    ...(numbers[2] !== '-' && { bytes: Number(numbers[2]) }),
    dashBytes: numbers[2] === '-',
    ...(given(referrer) && { referrer }),
    ...(given(userAgent) && { userAgent }),
    extra,
  };
}

function given(text: string | undefined): text is string {
  return text !== undefined && text !== '-' && text !== '';
}

function readClock(match: RegExpExecArray): number | undefined {
  const month = monthNumber(match[2] as string);
  const zone = zoneOffset(match[7] as string);
  if (month === undefined || zone === undefined) return undefined;
  return instantOf(
    Number(match[3]),
    month,
    Number(match[1]),
    Number(match[4]),
    Number(match[5]),
    Number(match[6]),
    zone,
  );
}

type Peer = Pick<AccessRecord, 'vhost' | 'remote' | 'remoteList' | 'user'>;

/** `[vhost ]remote ident user`, where remote may be a list `a, b, c` and the user may hold blanks. */
function readPeer(text: string): Peer | undefined {
  const words = text.split(' ', 32);
  if (words.length < 3) return undefined;
  const list: string[] = [];
  while (words.length > 3 && (words[0] as string).endsWith(','))
    list.push((words.shift() as string).slice(0, -1));
  let vhost: string | undefined;
  // Four words are `vhost remote - user` when the second is an address; else the user holds a blank.
  if (
    list.length === 0 &&
    words.length > 3 &&
    isAddress(words[1] as string) &&
    !isAddress(words[0] as string)
  )
    vhost = words.shift();
  const remote = words[0] as string;
  const user = words.slice(2).join(' ');
  return {
    ...(vhost !== undefined && { vhost }),
    remote,
    ...(list.length > 0 && { remoteList: [...list, remote] }),
    ...(given(user) && { user }),
  };
}

function isAddress(word: string): boolean {
  return (
    /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.test(word) &&
    word.length <= 64
  );
}

function closingQuote(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return -1;
}

/** The quoted and bare fields from `at` to the end. */
function readFields(text: string, at: number): string[] {
  const fields: string[] = [];
  while (at < text.length && fields.length < MOST_EXTRA) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const quoted = text[at] === '"';
    let end = quoted ? closingQuote(text, at + 1) : text.indexOf(' ', at);
    if (end < 0) end = text.length;
    fields.push(quoted ? unescapeLog(text.slice(at + 1, end)) : text.slice(at, end));
    at = end + 1;
  }
  return fields;
}

const LETTERS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, v: 11, f: 12 };

/** Undoes `\x22`, `\"`, `\\`, `\n` … of nginx and Apache. Hex escapes are bytes, so that UTF-8 in them becomes text again. */
export function unescapeLog(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/(?:\\x[0-9a-fA-F]{2})+|\\(.)/gs, (whole, letter: string | undefined) => {
    if (letter === undefined) return Buffer.from(whole.replaceAll('\\x', ''), 'hex').toString('utf8');
    if (letter === '"' || letter === '\\') return letter;
    const code = LETTERS[letter];
    return code === undefined ? whole : String.fromCharCode(code);
  });
}
