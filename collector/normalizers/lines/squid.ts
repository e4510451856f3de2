/** Squid's own access log in ECS: who fetched what through the proxy, and whether it let them. */
import { readAddress, setSource } from '../address.js';
import type { Draft } from '../draft.js';
import { setUrl } from '../access.js';
import { setDestination } from '../flow.js';

/** `time elapsed client code/status bytes method URL user hierarchy/server type`. */
const LINE =
  /^ *(\d{9,11})\.(\d{3}) +(-?\d{1,12}) (\S{1,255}) ([A-Z_]{3,64})\/(\d{3}) (\d{1,15}|-) ([A-Z_-]{1,32}) (\S{1,16384}) (\S{1,255}) ([A-Z_]{1,64})\/(\S{1,255}) ?(\S{0,255})/;

export function looksLikeSquid(text: string): boolean {
  return /^ *\d{9,11}\.\d{3} +-?\d{1,12} \S{1,255} [A-Z_]{3,64}\/\d{3} /.test(text.slice(0, 400));
}

export function normalizeSquid(draft: Draft, text: string): boolean {
  const found = LINE.exec(text.slice(0, 32_768));
  if (!found) return false;
  const [
    ,
    seconds,
    millis,
    elapsed,
    client,
    result,
    status,
    bytes,
    method,
    target,
    user,
    hierarchy,
    server,
    type,
  ] = found as unknown as string[];
  draft.timeMs = Number(seconds) * 1000 + Number(millis);
  draft.set('event.module', 'squid');
  draft.set('event.dataset', 'squid.access');
  draft.set('event.category', ['web', 'network']);
  setSource(draft, client);
  draft.set('user.name', user === '-' ? undefined : user);
  draft.set('squid.result', result);
  draft.set('squid.hierarchy', hierarchy);
  draft.set('http.request.method', method);
  const code = Number(status);
  if (code > 0) draft.set('http.response.status_code', code);
  if (bytes !== '-') draft.set('http.response.bytes', Number(bytes));
  if (type && type !== '-') draft.set('http.response.mime_type', type);
  if (Number(elapsed) >= 0) draft.set('event.duration', Number(elapsed) * 1_000_000);
  setAsked(draft, method as string, target as string);
  const address = readAddress(server);
  if (address !== undefined) setDestination(draft, address);
  draft.set('event.action', method);
  const denied = (result as string).includes('DENIED');
  draft.set('event.type', ['access', denied ? 'denied' : 'allowed']);
  draft.set('event.outcome', denied || code >= 400 ? 'failure' : 'success');
  draft.set('message', `${result}/${status} ${method} ${(target as string).slice(0, 1024)}`);
  return true;
}

/** CONNECT names a host and port; everything else a URL. */
function setAsked(draft: Draft, method: string, target: string): void {
  if (method === 'CONNECT') {
    const asked = /^\[?([^[\]]{1,255}?)\]?:(\d{1,5})$/.exec(target.slice(0, 300));
    draft.set('url.original', target);
    draft.set('url.domain', asked?.[1]);
    if (asked) draft.set('url.port', Number(asked[2]));
    if (asked && readAddress(asked[1]) === undefined) draft.set('destination.domain', asked[1]);
    if (asked) draft.set('destination.port', Number(asked[2]));
    return;
  }
  setUrl(draft, target);
  const host = draft.text('url.domain');
  const port = host === undefined ? null : /^(.{1,255}?):(\d{1,5})$/.exec(host);
  if (port) {
    draft.replace('url.domain', port[1]);
    draft.set('url.port', Number(port[2]));
  }
}
