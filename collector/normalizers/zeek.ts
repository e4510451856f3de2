/** Zeek's logs in ECS, from JSON or from TSV that has been read by its header. */
import { bagOf, textAt, textsAt, type Bag } from '../decoders/bag.js';
import { clockToMs } from '../decoders/timestamp.js';
import type { Draft } from './draft.js';
import { setEnds, setSummary } from './flow.js';
import { ZEEK_LOGS } from './zeek-logs.js';

/** A member of the connection's identifier, dotted, below `id`, or with underscores (written by way of Kafka). */
function end(record: Bag, name: string): string | undefined {
  return (
    textAt(record, `id.${name}`) ?? textAt(record, `id_${name}`) ?? textAt(bagOf(record['id']) ?? {}, name)
  );
}

/** Logs over UDP whose records do not say so. */
const UDP = new Set(['dhcp', 'snmp', 'ntp', 'radius', 'quic']);
/** Logs over TCP whose records do not say so. */
const TCP = new Set(
  'http ssl ssh rdp ftp smtp smb_files smb_mapping dce_rpc ntlm mysql irc socks modbus ldap rfb'.split(' '),
);
/** Logs that are named otherwise than the protocol. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  ssl: 'tls',
  smb_files: 'smb',
  smb_mapping: 'smb',
  smb_cmd: 'smb',
  ldap_search: 'ldap',
};
/** Logs that are no protocol's. */
const NO_PROTOCOL = new Set(
  'conn files notice weird intel signatures x509 pe software tunnel ocsp reporter stats capture_loss packet_filter loaded_scripts unknown'.split(
    ' ',
  ),
);

/** Fills the draft; the record's own fields are there already, below `zeek.<log>`. */
export function normalizeZeek(draft: Draft, record: Bag, log: string): void {
  draft.timeMs = clockToMs(record['ts'], draft.context.offsetMinutes ?? 0) ?? draft.timeMs;
  draft.set('event.module', 'zeek');
  draft.set('event.dataset', `zeek.${log}`);
  draft.set('observer.vendor', 'Zeek');
  draft.set('observer.product', 'Zeek');
  draft.set('observer.type', 'sensor');
  draft.set('observer.name', textAt(record, '_system_name') ?? textAt(record, '@system'));
  const session = textAt(record, 'uid') ?? textsAt(record, 'uids');
  draft.set('event.id', session);
  draft.set('zeek.session_id', session);
  setEnds(draft, {
    source: end(record, 'orig_h'),
    sourcePort: Number(end(record, 'orig_p') ?? NaN),
    destination: end(record, 'resp_h'),
    destinationPort: Number(end(record, 'resp_p') ?? NaN),
    transport: textAt(record, 'proto') ?? (TCP.has(log) ? 'tcp' : UDP.has(log) ? 'udp' : undefined),
  });
  draft.set('network.community_id', textAt(record, 'community_id'));
  if (!NO_PROTOCOL.has(log) && !log.startsWith('known_'))
    draft.set('network.protocol', PROTOCOLS[log] ?? log);
  setDirection(draft, record);
  if (Object.hasOwn(ZEEK_LOGS, log)) ZEEK_LOGS[log]?.(draft, record);
  draft.set('event.category', ['network']);
  draft.set(
    'event.type',
    draft.fields['source.ip'] === undefined ? ['info'] : ['connection', 'protocol', 'info'],
  );
  setSummary(draft, log, textAt(record, 'name') ?? textAt(record, 'host'));
}

/** Zeek knows its own networks; where it was told none, every address is foreign to it, and that says nothing. */
function setDirection(draft: Draft, record: Bag): void {
  const from = record['local_orig'];
  const to = record['local_resp'];
  if (from === true) draft.set('network.direction', to === true ? 'internal' : 'outbound');
  else if (to === true) draft.set('network.direction', 'inbound');
}
