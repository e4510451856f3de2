/** Which product wrote a JSON object, told by marks that no other product's records have. */
import { bagOf, type Bag } from './bag.js';

export type Product = 'suricata' | 'zeek' | 'cloudtrail' | 'kubernetes' | 'openstack';

/** Cheap for a record of another kind: a few names are looked up. */
export function productOf(value: Bag): Product | undefined {
  const type = value['event_type'];
  if (typeof type === 'string') {
    if (isNotification(value)) return 'openstack';
    return isEve(value, type) ? 'suricata' : undefined;
  }
  if (value['ts'] !== undefined || value['_path'] !== undefined || value['@stream'] !== undefined)
    if (isZeek(value)) return 'zeek';
  if (typeof value['eventVersion'] === 'string') return isCloudTrail(value) ? 'cloudtrail' : undefined;
  if (typeof value['apiVersion'] === 'string') return isKubernetesAudit(value) ? 'kubernetes' : undefined;
  if (isCadf(value) || typeof value['oslo.message'] === 'string' || isOsloJson(value)) return 'openstack';
  return undefined;
}

/** Texts of which at least one stands in a JSON text of these products: what has none need not be parsed. */
const MARKS = [
  '"event_type"',
  '"_path"',
  '"uid"',
  '"ts"',
  '"eventVersion"',
  'audit.k8s.io/',
  '"oslo.message"',
  '/cloud/audit/',
  '"levelname"',
] as const;
/** Marks stand near the beginning, or the text is a long one of another kind. */
const MARK_WITHIN = 16_384;

/** False for a text that is surely of none of the products. */
export function mayBeProduct(text: string): boolean {
  const head = text.length > MARK_WITHIN ? text.slice(0, MARK_WITHIN) : text;
  return MARKS.some((mark) => head.includes(mark));
}

/** Every EVE record has a clock and a type, and either belongs to a flow or holds an object named like its type. */
function isEve(value: Bag, type: string): boolean {
  if (typeof value['timestamp'] !== 'string') return false;
  if (typeof value['flow_id'] === 'number' || typeof value['flow_id'] === 'string') return true;
  return Object.hasOwn(value, type) && bagOf(value[type]) !== undefined;
}

const ZEEK_PATH = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * With its log's name (`_path`; `@stream` by way of Kafka) beside a clock; or by a connection's identifier and
 * both its ends; or by the names of a log without connections.
 */
function isZeek(value: Bag): boolean {
  if (zeekName(value) !== undefined && (value['ts'] !== undefined || value['@stream'] !== undefined))
    return true;
  const ts = value['ts'];
  if (typeof ts !== 'number' && typeof ts !== 'string') return false;
  if (typeof value['uid'] === 'string')
    return 'id.orig_h' in value || 'id_orig_h' in value || bagOf(value['id'])?.['orig_h'] !== undefined;
  return zeekLogOf(value) !== undefined;
}

function zeekName(value: Bag): string | undefined {
  for (const name of ['_path', '@stream']) {
    const path = value[name];
    if (typeof path === 'string' && ZEEK_PATH.test(path)) return path;
  }
  return undefined;
}

/** Names that only one log of Zeek has together. The first that fits counts: the more particular stand before. */
const ZEEK_LOGS: readonly (readonly [string, readonly string[]])[] = [
  ['conn', ['conn_state']],
  ['dns', ['trans_id', 'rcode_name']],
  ['dns', ['trans_id', 'qtype_name']],
  ['dns', ['trans_id', 'query']],
  ['http', ['trans_depth', 'request_body_len']],
  ['smtp', ['trans_depth', 'last_reply']],
  ['ssl', ['established', 'resumed']],
  ['ssl', ['cipher', 'established']],
  ['ssh', ['auth_attempts']],
  ['ssh', ['hassh']],
  ['notice', ['note', 'actions']],
  ['notice', ['note', 'msg']],
  ['intel', ['seen.indicator']],
  ['signatures', ['sig_id', 'event_msg']],
  ['dce_rpc', ['endpoint', 'operation']],
  ['smb_mapping', ['share_type']],
  ['smb_files', ['action', 'times.modified']],
  ['kerberos', ['request_type', 'service']],
  ['kerberos', ['request_type', 'client']],
  ['ntlm', ['server_nb_computer_name']],
  ['ntlm', ['ntlmssp_hostname']],
  ['rdp', ['security_protocol']],
  ['rdp', ['cookie', 'result']],
  ['ftp', ['command', 'reply_code']],
  ['snmp', ['community', 'get_requests']],
  ['sip', ['call_id', 'seq']],
  ['radius', ['mac', 'framed_addr']],
  ['socks', ['request_p', 'bound.host']],
  ['mysql', ['cmd', 'arg']],
  ['ldap', ['message_id', 'opcode']],
  ['modbus', ['func', 'unit']],
  ['dnp3', ['fc_request']],
  ['tunnel', ['tunnel_type']],
  ['syslog', ['facility', 'severity', 'message']],
  ['ntp', ['stratum', 'ref_id']],
  ['irc', ['nick', 'command']],
  ['quic', ['client_initial_dcid']],
  ['weird', ['name', 'notice']],
];
/** The same for logs whose records belong to no connection. */
const ZEEK_LOGS_ALONE: readonly (readonly [string, readonly string[]])[] = [
  ['x509', ['certificate.serial', 'certificate.subject']],
  ['x509', ['certificate_serial', 'certificate_subject']],
  ['files', ['fuid', 'tx_hosts']],
  ['files', ['fuid', 'analyzers']],
  ['files', ['fuid', 'mime_type']],
  ['dhcp', ['uids', 'msg_types']],
  ['dhcp', ['client_addr', 'lease_time', 'mac']],
  ['weird', ['name', 'notice', 'peer']],
  ['notice', ['note', 'msg', 'actions']],
  ['pe', ['machine', 'subsystem', 'is_exe']],
  ['software', ['host', 'software_type']],
  ['known_services', ['host', 'port_num', 'port_proto']],
  ['known_certs', ['host', 'port_num', 'serial']],
  ['capture_loss', ['ts_delta', 'percent_lost']],
  ['stats', ['pkts_proc', 'events_proc']],
  ['packet_filter', ['node', 'filter', 'success']],
  ['reporter', ['level', 'message', 'location']],
  ['ocsp', ['hashAlgorithm', 'certStatus']],
];

/** The log that a record without its name is of. */
function zeekLogOf(value: Bag): string | undefined {
  const logs = typeof value['uid'] === 'string' ? ZEEK_LOGS : ZEEK_LOGS_ALONE;
  for (const [log, names] of logs) if (names.every((name) => value[name] !== undefined)) return log;
  return undefined;
}

/** Name of the log a Zeek record is of: its own word, else what its fields or the file's name tell. */
export function zeekPath(value: Bag, file?: string): string {
  const named = zeekName(value) ?? zeekLogOf(value);
  if (named !== undefined) return named;
  // Rotated: `dns.2026-11-26-08-00-00.log`, `dns.08:00:00-09:00:00.log.gz`; without a rotation `dns.log`.
  const told =
    file === undefined ? undefined : /(?:^|[/\\!])([a-z][a-z0-9_]{0,63})\.(?:[^/\\!]{0,64}\.)?log/.exec(file);
  return told?.[1] ?? 'unknown';
}

/** A version, an identifier and a type beside a service of AWS, or beside an insight. */
function isCloudTrail(value: Bag): boolean {
  if (typeof value['eventTime'] !== 'string') return false;
  if (bagOf(value['insightDetails'])) return true;
  return typeof value['eventSource'] === 'string' && typeof value['eventName'] === 'string';
}

function isKubernetesAudit(value: Bag): boolean {
  return value['kind'] === 'Event' && String(value['apiVersion']).startsWith('audit.k8s.io/');
}

/** DMTF's Cloud Auditing Data Federation, as pyCADF writes it. */
export function isCadf(value: Bag): boolean {
  const type = value['typeURI'];
  return typeof type === 'string' && type.startsWith('http://schemas.dmtf.org/cloud/audit/');
}

/** A notification of oslo.messaging. */
function isNotification(value: Bag): boolean {
  return typeof value['publisher_id'] === 'string' && bagOf(value['payload']) !== undefined;
}

/** A record of oslo.log's JSON formatter. */
export function isOsloJson(value: Bag): boolean {
  return (
    typeof value['levelname'] === 'string' &&
    typeof value['asctime'] === 'string' &&
    typeof value['name'] === 'string' &&
    typeof value['message'] === 'string'
  );
}
