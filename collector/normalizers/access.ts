/** An access-log record in ECS: `url.*`, `http.*`, `user_agent.original`, and who really asked. */
import type { AccessRecord } from '../decoders/access-log.js';
import { isPrivate, readAddress, setPort, setSource } from './address.js';
import type { Draft } from './draft.js';

/** Fills the draft. `server` names module and data set. */
export function normalizeAccess(draft: Draft, access: AccessRecord, server: 'nginx' | 'apache'): void {
  draft.timeMs = access.timeMs;
  draft.set('event.module', server);
  draft.set('event.dataset', `${server}.access`);
  draft.set('event.category', ['web']);
  draft.set('event.type', ['access']);
  draft.set('event.outcome', access.status < 400 ? 'success' : 'failure');
  draft.set('message', access.request);
  setClient(draft, access);
  draft.set('user.name', access.user);
  draft.set('http.request.method', access.method);
  draft.set('http.version', access.httpVersion);
  draft.set('http.response.status_code', access.status);
  draft.set('http.response.body.bytes', access.bytes);
  draft.set('http.request.referrer', access.referrer);
  draft.set('user_agent.original', access.userAgent);
  if (access.target !== undefined) setUrl(draft, access.target);
  if (access.vhost !== undefined) {
    const host = /^(.*?)(?::(\d{1,5}))?$/.exec(access.vhost);
    draft.set('url.domain', host?.[1]);
    setPort(draft, 'url.port', host?.[2]);
  }
}

/**
 * The peer is who connected. Where the format carries a list of forwarders and the peer is one of our own (a private
 * address), the nearest foreign address in that list is who asked: everything left of it is the client's own claim.
 */
function setClient(draft: Draft, access: AccessRecord): void {
  const forwarded = access.remoteList ?? access.extra.map(addressList).find((list) => list !== undefined);
  if (forwarded) draft.set('network.forwarded_ip', forwarded);
  const peer = readAddress(access.remote);
  if (forwarded && peer !== undefined && isPrivate(peer)) {
    const client = forwarded.findLast((address) => !isPrivate(address));
    if (client !== undefined) {
      draft.set('source.address', client);
      draft.set('source.ip', client);
      draft.set('source.nat.ip', peer);
      return;
    }
  }
  setSource(draft, access.remote);
}

function addressList(field: string): string[] | undefined {
  if (field.length > 1024) return undefined;
  const list: string[] = [];
  for (const part of field.split(',')) {
    const address = readAddress(part.trim());
    if (address === undefined) return undefined;
    list.push(address);
  }
  return list;
}

/** `url.original` as asked for, and its parts, undecoded. */
export function setUrl(draft: Draft, target: string): void {
  draft.set('url.original', target);
  const absolute = /^([a-z][a-z0-9+.-]{0,31}):\/\/([^/?#]{1,255})/i.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  if (absolute) {
    draft.set('url.scheme', absolute[1]);
    draft.set('url.domain', absolute[2]);
  }
  const fragment = rest.indexOf('#');
  const bare = fragment < 0 ? rest : rest.slice(0, fragment);
  const query = bare.indexOf('?');
  const path = query < 0 ? bare : bare.slice(0, query);
  draft.set('url.path', path);
  if (query >= 0) draft.set('url.query', bare.slice(query + 1));
  const extension = /\.([A-Za-z0-9]{1,16})$/.exec(path);
  if (extension) draft.set('url.extension', extension[1]);
}
