/** What each of Zeek's logs says beyond the connection. */
import { iso } from '#kernel/clock.js';
import { listAt, numberAt, textAt, textsAt, type Bag } from '../decoders/bag.js';
import { clockToMs } from '../decoders/timestamp.js';
import { isPrivate, readAddress, setSource } from './address.js';
import type { Draft } from './draft.js';
import {
  setAskedDomain,
  setDestination,
  setDns,
  setFile,
  setFingerprint,
  setHttp,
  setSummary,
  setTlsVersion,
  setVolume,
} from './flow.js';

type Log = (draft: Draft, record: Bag) => void;

export const ZEEK_LOGS: Readonly<Record<string, Log>> = {
  conn,
  dns,
  http,
  ssl,
  x509,
  files,
  smb_files: smbFiles,
  smb_mapping: smbMapping,
  notice,
  signatures,
  intel,
  weird,
  ssh,
  rdp,
  ftp,
  smtp,
  kerberos,
  ntlm,
  dce_rpc: dceRpc,
  dhcp,
  ldap,
  syslog,
};

function setOutcome(draft: Draft, value: unknown): void {
  if (typeof value === 'boolean') draft.set('event.outcome', value ? 'success' : 'failure');
}

function conn(draft: Draft, record: Bag): void {
  setVolume(draft, 'bytes', numberAt(record, 'orig_bytes'), numberAt(record, 'resp_bytes'));
  setVolume(draft, 'packets', numberAt(record, 'orig_pkts'), numberAt(record, 'resp_pkts'));
  const seconds = numberAt(record, 'duration');
  if (seconds !== undefined && seconds >= 0) draft.set('event.duration', Math.round(seconds * 1e9));
  const service = textAt(record, 'service');
  draft.set('network.protocol', service === 'ssl' ? 'tls' : service);
  const state = textAt(record, 'conn_state');
  draft.set('event.action', 'connection');
  draft.set(
    'event.type',
    state === 'S0' || state === 'REJ' ? ['connection', 'start'] : ['connection', 'end'],
  );
  setSummary(draft, 'conn', draft.text('network.transport'), service, state);
}

function dns(draft: Draft, record: Bag): void {
  const name = textAt(record, 'query');
  const type = textAt(record, 'qtype_name');
  const code = textAt(record, 'rcode_name');
  setDns(draft, {
    name,
    type,
    class: textAt(record, 'qclass_name') === 'C_INTERNET' ? 'IN' : textAt(record, 'qclass_name'),
    id: textAt(record, 'trans_id'),
    code,
    answers: textsAt(record, 'answers'),
  });
  draft.set('dns.type', code === undefined ? 'query' : 'answer');
  draft.set('event.action', 'dns_query');
  if (code !== undefined) draft.set('event.outcome', code === 'NOERROR' ? 'success' : 'failure');
  setSummary(draft, 'dns', type, name, code);
}

function http(draft: Draft, record: Bag): void {
  const method = textAt(record, 'method');
  const host = textAt(record, 'host');
  const target = textAt(record, 'uri');
  const status = numberAt(record, 'status_code');
  setHttp(draft, {
    method,
    host,
    target,
    version: textAt(record, 'version'),
    userAgent: textAt(record, 'user_agent'),
    referrer: textAt(record, 'referrer'),
    status,
    requestBytes: numberAt(record, 'request_body_len'),
    responseBytes: numberAt(record, 'response_body_len'),
  });
  const user = textAt(record, 'username');
  draft.set('user.name', user);
  draft.set('url.username', user);
  // `X-FORWARDED-FOR -> 203.0.113.9, 10.0.0.1`: whom a proxy says that it speaks for.
  for (const line of textsAt(record, 'proxied')) {
    const claimed = /^[A-Za-z-]{1,32} -> ([0-9a-fA-F:.]{2,64})/.exec(line)?.[1];
    draft.set('network.forwarded_ip', readAddress(claimed));
  }
  draft.set('event.action', method);
  draft.set('event.category', ['network', 'web']);
  if (status !== undefined) draft.set('event.outcome', status < 400 ? 'success' : 'failure');
  setSummary(draft, method ?? 'http', host, target, status);
}

function ssl(draft: Draft, record: Bag): void {
  const name = textAt(record, 'server_name');
  const version = textAt(record, 'version');
  draft.set('tls.client.server_name', name);
  setAskedDomain(draft, 'destination.domain', name);
  setTlsVersion(draft, version);
  draft.set('tls.cipher', textAt(record, 'cipher'));
  draft.set('tls.curve', textAt(record, 'curve'));
  draft.set('tls.next_protocol', textAt(record, 'next_protocol'));
  draft.set('tls.server.subject', textAt(record, 'subject'));
  draft.set('tls.server.issuer', textAt(record, 'issuer'));
  draft.set('tls.client.ja3', textAt(record, 'ja3'));
  draft.set('tls.server.ja3s', textAt(record, 'ja3s'));
  setFingerprint(draft, 'tls.server.hash', textsAt(record, 'cert_chain_fps')[0]);
  if (typeof record['established'] === 'boolean') draft.set('tls.established', record['established']);
  if (typeof record['resumed'] === 'boolean') draft.set('tls.resumed', record['resumed']);
  setSummary(draft, 'tls', name ?? textAt(record, 'subject'), version, textAt(record, 'validation_status'));
}

/** `certificate.*`, with underscores where it came by way of Kafka. */
function certificate(record: Bag, name: string): unknown {
  return record[`certificate.${name}`] ?? record[`certificate_${name}`];
}

function x509(draft: Draft, record: Bag): void {
  const text = (name: string): string | undefined => {
    const value = certificate(record, name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  draft.set('file.x509.serial_number', text('serial'));
  draft.set('file.x509.version_number', text('version'));
  draft.set('file.x509.subject.distinguished_name', text('subject'));
  draft.set('file.x509.issuer.distinguished_name', text('issuer'));
  draft.set('file.x509.subject.common_name', commonName(text('subject')));
  draft.set('file.x509.issuer.common_name', commonName(text('issuer')));
  draft.set('file.x509.public_key_algorithm', text('key_alg'));
  draft.set('file.x509.signature_algorithm', text('sig_alg'));
  const size = certificate(record, 'key_length');
  if (typeof size === 'number') draft.set('file.x509.public_key_size', size);
  draft.set('file.x509.alternative_names', [
    ...textsAt(record, 'san.dns'),
    ...textsAt(record, 'san_dns'),
    ...textsAt(record, 'san.ip'),
  ]);
  for (const [path, name] of [
    ['file.x509.not_before', 'not_valid_before'],
    ['file.x509.not_after', 'not_valid_after'],
  ] as const) {
    const time = clockToMs(certificate(record, name));
    if (time !== undefined) draft.set(path, iso(time));
  }
  const id = textAt(record, 'id');
  draft.set('event.id', id);
  draft.set('zeek.session_id', id);
  setFingerprint(draft, 'file.hash', textAt(record, 'fingerprint'));
  draft.set('event.category', ['file']);
  setSummary(draft, 'x509', text('subject'));
}

/** The last `CN=` of a distinguished name; a comma within it is escaped by a backslash. */
function commonName(name: string | undefined): string | undefined {
  if (name === undefined || name.length > 4096) return undefined;
  return /(?:^|,)CN=((?:[^,\\]|\\.)+)/.exec(name)?.[1];
}

function files(draft: Draft, record: Bag): void {
  const name = textAt(record, 'filename');
  setFile(draft, name);
  draft.set('file.size', numberAt(record, 'total_bytes') ?? numberAt(record, 'seen_bytes'));
  draft.set('file.mime_type', textAt(record, 'mime_type'));
  for (const kind of ['md5', 'sha1', 'sha256'] as const) draft.set(`file.hash.${kind}`, textAt(record, kind));
  draft.set('event.id', textAt(record, 'fuid'));
  draft.set('zeek.session_id', textsAt(record, 'conn_uids'));
  setSource(draft, textsAt(record, 'tx_hosts')[0]);
  setDestination(draft, textsAt(record, 'rx_hosts')[0]);
  draft.set('event.category', ['network', 'file']);
  setSummary(draft, 'file', textAt(record, 'source'), textAt(record, 'mime_type'), name);
}

function smbFiles(draft: Draft, record: Bag): void {
  const share = textAt(record, 'path');
  const name = textAt(record, 'name');
  const between = share === undefined || name?.startsWith('\\') ? '' : '\\';
  setFile(draft, name === undefined ? share : `${share ?? ''}${between}${name}`);
  draft.set('file.size', numberAt(record, 'size'));
  draft.set('event.action', textAt(record, 'action'));
  draft.set('event.category', ['network', 'file']);
  setSummary(draft, textAt(record, 'action'), share, name);
}

function smbMapping(draft: Draft, record: Bag): void {
  draft.set('file.path', textAt(record, 'path'));
  draft.set('event.action', 'smb_mapping');
  draft.set('event.category', ['network', 'file']);
  setSummary(draft, 'smb', textAt(record, 'share_type'), textAt(record, 'path'));
}

/** A detection of Zeek's own, with the hosts that it names, which need not be those of a connection. */
function notice(draft: Draft, record: Bag): void {
  const note = textAt(record, 'note');
  draft.set('event.kind', 'alert');
  draft.set('event.category', ['network', 'intrusion_detection']);
  draft.set('event.type', ['info']);
  draft.set('rule.name', note);
  draft.set('rule.description', textAt(record, 'msg'));
  setSource(draft, textAt(record, 'src'));
  setDestination(draft, textAt(record, 'dst'), numberAt(record, 'p'));
  const dropped = textsAt(record, 'actions').includes('Notice::ACTION_DROP') || record['dropped'] === true;
  if (dropped) draft.replace('event.type', ['denied']);
  setSummary(draft, note, textAt(record, 'msg'));
}

function signatures(draft: Draft, record: Bag): void {
  draft.set('event.kind', 'alert');
  draft.set('event.category', ['network', 'intrusion_detection']);
  draft.set('event.type', ['info']);
  draft.set('rule.id', textAt(record, 'sig_id'));
  draft.set('rule.name', textAt(record, 'note'));
  setSource(draft, textAt(record, 'src_addr'), numberAt(record, 'src_port'));
  setDestination(draft, textAt(record, 'dst_addr'), numberAt(record, 'dst_port'));
  setSummary(draft, textAt(record, 'sig_id'), textAt(record, 'event_msg'));
}

function intel(draft: Draft, record: Bag): void {
  draft.set('event.kind', 'alert');
  draft.set('event.category', ['network', 'threat']);
  draft.set('event.type', ['indicator']);
  const indicator = textAt(record, 'seen.indicator');
  draft.set('threat.indicator.name', indicator);
  draft.set('threat.indicator.type', textAt(record, 'seen.indicator_type'));
  draft.set('threat.indicator.provider', textsAt(record, 'sources'));
  setSummary(draft, 'intel', textAt(record, 'seen.indicator_type'), indicator);
}

function weird(draft: Draft, record: Bag): void {
  draft.set('event.action', textAt(record, 'name'));
  draft.set('event.type', ['info']);
  setSummary(draft, 'weird', textAt(record, 'name'), textAt(record, 'addl'));
}

function ssh(draft: Draft, record: Bag): void {
  draft.set('event.action', 'ssh_connection');
  setOutcome(draft, record['auth_success']);
  draft.set('event.type', ['connection', 'protocol']);
  draft.set('user_agent.original', textAt(record, 'client'));
  setSummary(draft, 'ssh', textAt(record, 'client'), textAt(record, 'server'));
}

function rdp(draft: Draft, record: Bag): void {
  draft.set('user.name', textAt(record, 'cookie'));
  draft.set('event.action', 'rdp_connection');
  if (typeof record['ssl'] === 'boolean') draft.set('tls.established', record['ssl']);
  draft.set('event.type', ['protocol', 'info']);
  setSummary(draft, 'rdp', textAt(record, 'cookie'), textAt(record, 'result'));
}

function ftp(draft: Draft, record: Bag): void {
  const command = textAt(record, 'command');
  const code = numberAt(record, 'reply_code');
  draft.set('user.name', textAt(record, 'user'));
  draft.set('event.action', command);
  if (code !== undefined && code >= 200) draft.set('event.outcome', code < 400 ? 'success' : 'failure');
  const target = textAt(record, 'arg');
  if (target !== undefined && (command === 'RETR' || command === 'STOR')) setFile(draft, target);
  draft.set('file.size', numberAt(record, 'file_size'));
  draft.set('file.mime_type', textAt(record, 'mime_type'));
  setSummary(draft, 'ftp', command, target, code);
}

function smtp(draft: Draft, record: Bag): void {
  draft.set('email.from.address', textAt(record, 'mailfrom'));
  draft.set('email.to.address', textsAt(record, 'rcptto'));
  draft.set('email.subject', textAt(record, 'subject'));
  draft.set('email.x_mailer', textAt(record, 'user_agent'));
  if (typeof record['tls'] === 'boolean') draft.set('tls.established', record['tls']);
  const claimed = readAddress(textAt(record, 'x_originating_ip'));
  if (claimed !== undefined && !isPrivate(claimed)) draft.set('network.forwarded_ip', claimed);
  draft.set('event.category', ['network', 'email']);
  setSummary(
    draft,
    'smtp',
    textAt(record, 'mailfrom'),
    textAt(record, 'subject'),
    textAt(record, 'last_reply'),
  );
}

function kerberos(draft: Draft, record: Bag): void {
  const client = textAt(record, 'client');
  const slash = client?.indexOf('/') ?? -1;
  draft.set('user.name', slash > 0 ? client?.slice(0, slash) : slash === 0 ? undefined : client);
  if (slash >= 0) draft.set('user.domain', client?.slice(slash + 1));
  setOutcome(draft, record['success']);
  draft.set('event.reason', textAt(record, 'error_msg'));
  draft.set('event.action', `kerberos_${textAt(record, 'request_type')?.toLowerCase() ?? 'request'}`);
  draft.set('event.category', ['network', 'authentication']);
  setSummary(draft, 'kerberos', textAt(record, 'request_type'), client, textAt(record, 'service'));
}

function ntlm(draft: Draft, record: Bag): void {
  draft.set('user.name', textAt(record, 'username'));
  draft.set('user.domain', textAt(record, 'domainname'));
  setOutcome(draft, record['success']);
  draft.set('event.action', 'ntlm_authentication');
  draft.set('event.category', ['network', 'authentication']);
  setSummary(draft, 'ntlm', textAt(record, 'domainname'), textAt(record, 'username'));
}

function dceRpc(draft: Draft, record: Bag): void {
  const operation = textAt(record, 'operation');
  draft.set('event.action', operation);
  setSummary(draft, 'dce_rpc', textAt(record, 'endpoint'), operation);
}

function dhcp(draft: Draft, record: Bag): void {
  setSource(draft, textAt(record, 'client_addr') ?? textAt(record, 'requested_addr'), 68);
  setDestination(draft, textAt(record, 'server_addr'), 67);
  draft.set('source.mac', textAt(record, 'mac')?.replaceAll(':', '-').toUpperCase());
  draft.set('network.name', textAt(record, 'domain'));
  draft.set('event.action', 'dhcp');
  setSummary(draft, 'dhcp', textsAt(record, 'msg_types').join(' '), textAt(record, 'host_name'));
}

function ldap(draft: Draft, record: Bag): void {
  const result = listAt(record, 'result')[0];
  if (typeof result === 'string') draft.set('event.outcome', result === 'success' ? 'success' : 'failure');
  draft.set('event.action', textsAt(record, 'opcode')[0]);
  setSummary(draft, 'ldap', textsAt(record, 'opcode')[0], textsAt(record, 'object')[0]);
}

function syslog(draft: Draft, record: Bag): void {
  draft.set('message', textAt(record, 'message'));
  draft.set('event.action', 'syslog');
}
