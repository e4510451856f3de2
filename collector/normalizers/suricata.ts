/** Suricata's EVE records in ECS: alerts with what the sensor did about them, and what it saw of protocols and flows. */
import { below, bagOf, listAt, numberAt, textAt, textsAt, type Bag } from '../decoders/bag.js';
import { clockToMs } from '../decoders/timestamp.js';
import { iso } from '#kernel/clock.js';
import type { Draft } from './draft.js';
import {
  setAskedDomain,
  setDns,
  setEnds,
  setFile,
  setFingerprint,
  setHttp,
  setSummary,
  setTlsVersion,
  setVolume,
} from './flow.js';

/** Records about the sensor itself, not about traffic. */
const OWN_STATE = new Set(['stats', 'engine', 'packetinfo']);

/** Fills the draft; the record's own fields are there already, below `suricata.eve`. */
export function normalizeEve(draft: Draft, eve: Bag): void {
  const type = textAt(eve, 'event_type') ?? '';
  draft.timeMs = clockToMs(eve['timestamp'], draft.context.offsetMinutes ?? 0) ?? draft.timeMs;
  draft.set('event.module', 'suricata');
  draft.set('event.dataset', 'suricata.eve');
  draft.set('observer.vendor', 'OISF');
  draft.set('observer.product', 'Suricata');
  draft.set('observer.type', 'ids');
  draft.set('observer.name', textAt(eve, 'host'));
  draft.set('observer.ingress.interface.name', textAt(eve, 'in_iface'));
  if (OWN_STATE.has(type)) {
    draft.set('event.kind', type === 'stats' ? 'metric' : 'event');
    draft.set('event.action', type);
    return;
  }
  setEnds(draft, {
    source: textAt(eve, 'src_ip'),
    sourcePort: numberAt(eve, 'src_port'),
    destination: textAt(eve, 'dest_ip'),
    destinationPort: numberAt(eve, 'dest_port'),
    transport: textAt(eve, 'proto'),
  });
  draft.set('network.community_id', textAt(eve, 'community_id'));
  const application = textAt(eve, 'app_proto');
  if (application !== undefined && application !== 'failed' && application !== 'unknown')
    draft.set('network.protocol', application.toLowerCase());
  flow(draft, eve, type);
  const alert = bagOf(eve['alert']);
  const denied = whatWasDone(eve, alert, type) === 'denied';
  if (alert) setAlert(draft, alert, denied);
  else {
    draft.set('event.action', type);
    draft.set('event.category', categoryOf(type));
    if (denied) draft.set('event.type', ['denied']);
    else draft.set('event.type', type === 'flow' || type === 'netflow' ? ['connection'] : ['protocol']);
  }
  protocol(draft, eve, type);
}

function categoryOf(type: string): string[] {
  if (type === 'http' || type === 'http2') return ['network', 'web'];
  if (type === 'fileinfo' || type === 'smb' || type === 'nfs') return ['network', 'file'];
  if (type === 'smtp') return ['network', 'email'];
  return ['network'];
}

/** The sensor's word on the packet: the alert's action, else its verdict, else that it logs a drop. */
function whatWasDone(eve: Bag, alert: Bag | undefined, type: string): 'allowed' | 'denied' | undefined {
  const verdict = textAt(below(eve, 'verdict'), 'action');
  if (verdict === 'drop' || textAt(alert ?? {}, 'action') === 'blocked' || type === 'drop') return 'denied';
  return alert ? 'allowed' : undefined;
}

function setAlert(draft: Draft, alert: Bag, denied: boolean): void {
  draft.set('event.kind', 'alert');
  draft.set('event.category', ['network', 'intrusion_detection']);
  draft.set('event.type', [denied ? 'denied' : 'allowed']);
  draft.set('event.action', textAt(alert, 'action'));
  draft.set('event.severity', numberAt(alert, 'severity'));
  draft.set('rule.id', textAt(alert, 'signature_id'));
  draft.set('rule.name', textAt(alert, 'signature'));
  draft.set('rule.category', textAt(alert, 'category'));
  draft.set('rule.version', textAt(alert, 'rev'));
  draft.set('message', textAt(alert, 'signature') ?? textAt(alert, 'category'));
  const metadata = below(alert, 'metadata');
  draft.set('threat.technique.id', textsAt(metadata, 'mitre_technique_id'));
  draft.set('threat.tactic.id', textsAt(metadata, 'mitre_tactic_id'));
}

function flow(draft: Draft, eve: Bag, type: string): void {
  const facts = bagOf(eve[type === 'netflow' ? 'netflow' : 'flow']);
  if (!facts) return;
  setVolume(draft, 'bytes', numberAt(facts, 'bytes_toserver'), numberAt(facts, 'bytes_toclient'));
  setVolume(draft, 'packets', numberAt(facts, 'pkts_toserver'), numberAt(facts, 'pkts_toclient'));
  const start = clockToMs(facts['start']);
  const end = clockToMs(facts['end']);
  if (start !== undefined) draft.set('event.start', iso(start));
  if (end !== undefined) draft.set('event.end', iso(end));
  if (start !== undefined && end !== undefined && end >= start)
    draft.set('event.duration', (end - start) * 1e6);
}

/** Every record may carry the protocol's part, whatever its type: an alert on a request has the request. */
function protocol(draft: Draft, eve: Bag, type: string): void {
  if (eve['http'] !== undefined) http(draft, below(eve, 'http'), type);
  if (eve['dns'] !== undefined) dns(draft, below(eve, 'dns'));
  if (eve['tls'] !== undefined) tls(draft, below(eve, 'tls'));
  if (eve['fileinfo'] !== undefined) fileInfo(draft, below(eve, 'fileinfo'));
  if (eve['smb'] !== undefined) smb(draft, below(eve, 'smb'));
  if (eve['email'] !== undefined) email(draft, below(eve, 'email'));
  if (eve['krb5'] !== undefined) draft.set('user.name', textAt(below(eve, 'krb5'), 'cname'));
  if (eve['ssh'] !== undefined) {
    const client = textAt(below(below(eve, 'ssh'), 'client'), 'software_version');
    setSummary(draft, type, client);
  }
  if (eve['anomaly'] !== undefined) setSummary(draft, type, textAt(below(eve, 'anomaly'), 'event'));
  if (PROTOCOLS.has(type)) draft.set('network.protocol', type === 'ftp_data' ? 'ftp' : type);
  setSummary(
    draft,
    type,
    draft.text('network.protocol') === type ? undefined : draft.text('network.protocol'),
  );
}

/** Types that are named like the protocol. */
const PROTOCOLS = new Set(
  'dns http tls ssh smb smtp ftp ftp_data nfs tftp krb5 dhcp snmp rdp rfb sip mqtt modbus dnp3 ike quic ldap pgsql'.split(
    ' ',
  ),
);

function http(draft: Draft, facts: Bag, type: string): void {
  const status = numberAt(facts, 'status');
  const method = textAt(facts, 'http_method');
  const host = textAt(facts, 'hostname');
  const target = textAt(facts, 'url');
  setHttp(draft, {
    method,
    host,
    target,
    version: textAt(facts, 'protocol')?.replace(/^HTTP\//i, ''),
    userAgent: textAt(facts, 'http_user_agent'),
    referrer: textAt(facts, 'http_refer'),
    status,
    responseBytes: numberAt(facts, 'length'),
  });
  if (type !== 'http') return;
  if (status !== undefined) draft.set('event.outcome', status < 400 ? 'success' : 'failure');
  setSummary(draft, method, host, target, status);
}

/** Versions 1 and 2 put question and answers side by side, version 3 into lists. */
function dns(draft: Draft, facts: Bag): void {
  const question = bagOf(listAt(facts, 'queries')[0]) ?? facts;
  const answers: string[] = [];
  for (const item of listAt(facts, 'answers')) {
    const answer = bagOf(item);
    const data = answer && textAt(answer, 'rdata');
    if (data !== undefined && answers.length < 256) answers.push(data);
  }
  const single = textAt(facts, 'rdata');
  if (answers.length === 0 && single !== undefined) answers.push(single);
  const kind = textAt(facts, 'type');
  draft.set('dns.type', kind === 'request' ? 'query' : kind === 'response' ? 'answer' : kind);
  const name = textAt(question, 'rrname');
  const type = textAt(question, 'rrtype');
  const code = textAt(facts, 'rcode');
  setDns(draft, { name, type, id: textAt(facts, 'id'), code, answers });
  setSummary(draft, 'dns', type, name, code);
}

function tls(draft: Draft, facts: Bag): void {
  const name = textAt(facts, 'sni');
  draft.set('tls.client.server_name', name);
  setAskedDomain(draft, 'destination.domain', name);
  setTlsVersion(draft, textAt(facts, 'version'));
  draft.set('tls.server.subject', textAt(facts, 'subject'));
  draft.set('tls.server.issuer', textAt(facts, 'issuerdn'));
  draft.set('tls.client.ja3', textAt(below(facts, 'ja3'), 'hash'));
  draft.set('tls.server.ja3s', textAt(below(facts, 'ja3s'), 'hash'));
  setFingerprint(draft, 'tls.server.hash', textAt(facts, 'fingerprint'));
  for (const [path, clock] of [
    ['tls.server.not_before', facts['notbefore']],
    ['tls.server.not_after', facts['notafter']],
  ] as const) {
    const time = clockToMs(clock);
    if (time !== undefined) draft.set(path, iso(time));
  }
  setSummary(draft, 'tls', name ?? textAt(facts, 'subject'), textAt(facts, 'version'));
}

function fileInfo(draft: Draft, facts: Bag): void {
  setFile(draft, textAt(facts, 'filename'));
  draft.set('file.size', numberAt(facts, 'size'));
  for (const kind of ['md5', 'sha1', 'sha256'] as const) draft.set(`file.hash.${kind}`, textAt(facts, kind));
  setSummary(draft, 'fileinfo', textAt(facts, 'filename'));
}

function smb(draft: Draft, facts: Bag): void {
  setFile(draft, textAt(facts, 'filename'));
  const authentication = below(facts, 'ntlmssp');
  draft.set('user.name', textAt(authentication, 'user'));
  draft.set('user.domain', textAt(authentication, 'domain'));
  setSummary(draft, textAt(facts, 'command'), textAt(facts, 'share'), textAt(facts, 'filename'));
}

function email(draft: Draft, facts: Bag): void {
  draft.set('email.from.address', textAt(facts, 'from'));
  draft.set('email.to.address', textsAt(facts, 'to'));
  draft.set('email.subject', textAt(facts, 'subject'));
  draft.set('email.attachments.file.name', textsAt(facts, 'attachment'));
  setSummary(draft, 'email', textAt(facts, 'from'), textAt(facts, 'subject'));
}
