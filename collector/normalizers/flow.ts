/** What records of network sensors have in common: both ends, transport, requests, names and certificates in ECS. */
import { isIP } from 'node:net';
import { setUrl } from './access.js';
import { readAddress, setPort, setSource } from './address.js';
import type { Draft } from './draft.js';

/** `destination.address`, and `destination.ip` or `destination.domain` by what it is. */
export function setDestination(
  draft: Draft,
  text: string | undefined,
  port?: string | number | undefined,
): void {
  if (text === undefined || text === '' || text === '-') return;
  draft.set('destination.address', text);
  const address = readAddress(text);
  if (address !== undefined) draft.set('destination.ip', address);
  else draft.set('destination.domain', text);
  setPort(draft, 'destination.port', port);
}

/** Source, destination and what carried it. */
export function setEnds(
  draft: Draft,
  ends: {
    readonly source: string | undefined;
    readonly sourcePort: number | undefined;
    readonly destination: string | undefined;
    readonly destinationPort: number | undefined;
    readonly transport: string | undefined;
  },
): void {
  setSource(draft, ends.source, ends.sourcePort);
  setDestination(draft, ends.destination, ends.destinationPort);
  const transport = ends.transport?.slice(0, 32).toLowerCase();
  draft.set('network.transport', transport === 'ipv6-icmp' ? 'icmpv6' : transport);
  const address = draft.fields['source.ip'] ?? draft.fields['destination.ip'];
  if (typeof address === 'string') draft.set('network.type', isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Bytes and packets of both directions, and their sums. */
export function setVolume(
  draft: Draft,
  what: 'bytes' | 'packets',
  sent: number | undefined,
  received: number | undefined,
): void {
  draft.set(`source.${what}`, sent);
  draft.set(`destination.${what}`, received);
  if (sent !== undefined && received !== undefined) draft.set(`network.${what}`, sent + received);
}

/** A name that was asked for, or that a client wants to reach: no address, no port. */
export function setAskedDomain(draft: Draft, path: string, name: string | undefined): void {
  if (name === undefined || name.length > 255) return;
  // An address is no domain of a destination; in a URL it may stand for one.
  if (path === 'destination.domain' && readAddress(name.replace(/:\d{1,5}$/, '')) !== undefined) return;
  const bare = /^\[?([^[\]]*?)\]?(?::\d{1,5})?$/.exec(name)?.[1] ?? name;
  draft.set(path, isIP(name) === 6 ? name : bare);
}

export interface HttpFacts {
  readonly method?: string | undefined;
  readonly host?: string | undefined;
  readonly target?: string | undefined;
  readonly version?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly referrer?: string | undefined;
  readonly status?: number | undefined;
  readonly requestBytes?: number | undefined;
  readonly responseBytes?: number | undefined;
}

export function setHttp(draft: Draft, http: HttpFacts): void {
  draft.set('http.request.method', http.method);
  draft.set('http.version', http.version);
  draft.set('http.request.body.bytes', http.requestBytes);
  draft.set('http.request.referrer', http.referrer);
  draft.set('http.response.status_code', http.status);
  draft.set('http.response.body.bytes', http.responseBytes);
  draft.set('user_agent.original', http.userAgent);
  if (http.host !== undefined) {
    setAskedDomain(draft, 'url.domain', http.host);
    setAskedDomain(draft, 'destination.domain', http.host);
  }
  if (http.target !== undefined) setUrl(draft, http.target);
}

export interface DnsFacts {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly class?: string | undefined;
  readonly id?: string | undefined;
  readonly code?: string | undefined;
  readonly answers: readonly string[];
}

export function setDns(draft: Draft, dns: DnsFacts): void {
  draft.set('dns.id', dns.id);
  draft.set('dns.question.name', dns.name);
  draft.set('dns.question.type', dns.type);
  draft.set('dns.question.class', dns.class);
  draft.set('dns.response_code', dns.code);
  draft.set('dns.answers.data', dns.answers);
  draft.set(
    'dns.resolved_ip',
    dns.answers.filter((answer) => answer.length <= 45 && isIP(answer) !== 0),
  );
}

/** `TLS 1.2`, `TLSv1.2`, `TLSv12`, `SSLv3` as `tls.version` and `tls.version_protocol`. */
export function setTlsVersion(draft: Draft, text: string | undefined): void {
  const match = text === undefined ? null : /^(TLS|SSL)[ v]*(\d)\.?(\d)?/i.exec(text.slice(0, 16));
  if (!match) return;
  draft.set('tls.version', match[3] === undefined ? match[2] : `${match[2]}.${match[3]}`);
  draft.set('tls.version_protocol', (match[1] as string).toLowerCase());
}

/** A fingerprint as ECS writes it: upper case, without colons; its kind follows from its length. */
export function setFingerprint(draft: Draft, prefix: string, text: string | undefined): void {
  if (text === undefined || text.length > 128) return;
  const bare = text.replaceAll(':', '').toUpperCase();
  if (!/^[0-9A-F]+$/.test(bare)) return;
  const kind =
    bare.length === 40 ? 'sha1' : bare.length === 64 ? 'sha256' : bare.length === 32 ? 'md5' : undefined;
  if (kind) draft.set(`${prefix}.${kind}`, bare);
}

/** A file on the wire: its path as it was named, its name and extension. */
export function setFile(draft: Draft, path: string | undefined): void {
  if (path === undefined) return;
  draft.set('file.path', path);
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  draft.set('file.name', name);
  const dot = name.lastIndexOf('.');
  if (dot > 0 && name.length - dot <= 17) draft.set('file.extension', name.slice(dot + 1).toLowerCase());
}

/** A line for people where the record has none: facts in a row, what is unknown left out. */
export function setSummary(draft: Draft, ...facts: readonly (string | number | undefined)[]): void {
  let line = '';
  for (const fact of facts)
    if (fact !== undefined && fact !== '')
      line += line === '' ? String(fact).slice(0, 1024) : ` ${String(fact).slice(0, 1024)}`;
  draft.set('message', line);
}
