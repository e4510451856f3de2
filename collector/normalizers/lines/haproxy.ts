/** HAProxy's HTTP, TCP and error lines in ECS. */
import { instantOf, monthNumber } from '../../decoders/timestamp.js';
import { unescapeLog } from '../../decoders/access-log.js';
import { setUrl } from '../access.js';
import { setSource } from '../address.js';
import type { Draft } from '../draft.js';

const HEAD =
  /^([0-9a-fA-F:.]{2,45}):(\d{1,5}) \[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d)\.(\d{3})\] (\S{1,255})/;
const SESSION =
  /^ ([^\s/]{1,255})\/(\S{1,255}) (-?\d{1,10}(?:\/[+-]?\d{1,10}){2,4}) (?:(-?\d{1,3}) )?\+?(\d{1,18}) (?:(\S{1,1024}) (\S{1,1024}) )?([\w-]{2,4}) (\d{1,10}(?:\/\+?\d{1,10}){4}) (\d{1,10}\/\d{1,10})/;

/** False for what HAProxy says of itself. */
export function normalizeHaproxy(draft: Draft, message: string): boolean {
  const head = HEAD.exec(message);
  if (!head) return false;
  const month = monthNumber(head[4] as string);
  if (month !== undefined) {
    const at = instantOf(
      ...([Number(head[5]), month, Number(head[3]), Number(head[6]), Number(head[7])] as const),
      ...([Number(head[8]), draft.context.offsetMinutes ?? 0] as const),
    );
    if (at !== undefined) draft.timeMs = at + Number(head[9]);
  }
  draft.set('event.module', 'haproxy');
  draft.set('event.dataset', 'haproxy.log');
  draft.set('event.category', ['web', 'network']);
  setSource(draft, head[1], head[2]);
  const rest = message.slice(head[0].length);
  const session = SESSION.exec(rest.slice(0, 4096));
  const frontend = (head[10] as string).split('/', 2);
  draft.set('haproxy.frontend_name', (frontend[0] as string).replace(/[~:]$/, ''));
  if (!session) {
    draft.set('haproxy.bind_name', frontend[1]?.replace(/:$/, ''));
    draft.set('haproxy.error_message', rest.replace(/^: ?/, '').trim());
    draft.set('event.type', ['error']);
    draft.set('event.outcome', 'failure');
    return true;
  }
  setSession(draft, session, rest);
  return true;
}

function setSession(draft: Draft, session: RegExpExecArray, rest: string): void {
  const [backend, server, timers, status, bytes] = session.slice(1) as string[];
  const state = session[8] as string;
  draft.set('haproxy.backend_name', backend);
  draft.set('haproxy.server_name', server);
  draft.set('haproxy.termination_state', state);
  const total = Number((timers as string).split('/').at(-1)?.replace('+', ''));
  if (total >= 0) draft.set('event.duration', total * 1_000_000);
  draft.set('http.response.bytes', Number(bytes));
  const code = Number(status ?? NaN);
  if (code >= 100) draft.set('http.response.status_code', code);
  // `PR`: the proxy itself refused; `SC`, `sC`: the server could not be reached.
  const refused = state.startsWith('PR');
  draft.set('haproxy.denied', refused || undefined);
  draft.set('event.type', ['access', ...(refused ? ['denied'] : [])]);
  if (code >= 100) draft.set('event.outcome', code < 400 ? 'success' : 'failure');
  const request = requestOf(rest.slice(session[0].length));
  if (request === undefined) return;
  draft.set('haproxy.http.request.raw_request_line', request);
  draft.set('message', request);
  const line = /^([A-Za-z_-]{1,32}) (\S{1,16384})(?: HTTP\/(\d(?:\.\d)?))?$/.exec(request);
  if (!line) return;
  draft.set('http.request.method', line[1]);
  draft.set('http.version', line[3]);
  setUrl(draft, line[2] as string);
}

/** The quoted request at the end, its escapes (`#22`, `\x22`) undone; what is cut has no closing quote. */
function requestOf(text: string): string | undefined {
  const start = text.indexOf(' "');
  if (start < 0) return undefined;
  const end = text.lastIndexOf('"');
  const quoted = text.slice(start + 2, end > start + 1 ? end : text.length);
  return unescapeLog(quoted.replace(/#([0-9A-F]{2})/g, '\\x$1'));
}
