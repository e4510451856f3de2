/** Lines of iptables and nftables in ECS: the kernel tells a packet, the rule's own prefix what was done with it. */
import { readPairs } from '../../decoders/pairs.js';
import type { Draft } from '../draft.js';
import { setEnds } from '../flow.js';

/** Where the packet begins; before it stands what the rule was given as `--log-prefix`. */
const PACKET = /(?:^|[\s:\]])IN=(\S{0,32}) OUT=(\S{0,32})\s/;
/** Words that people write into prefixes. */
const DONE: readonly (readonly [RegExp, string])[] = [
  [/\b(?:drop|block|den(?:y|ied)|reject|discard|dpt_block|refuse)/i, 'blocked'],
  [/\b(?:accept|allow|permit|pass)/i, 'allowed'],
];

export function isNetfilter(message: string): boolean {
  return PACKET.test(message.slice(0, 512));
}

export function normalizeNetfilter(draft: Draft, message: string): boolean {
  const packet = PACKET.exec(message.slice(0, 512));
  if (!packet) return false;
  // `[12345.678901]` is the kernel's own clock since its start.
  const prefix = message
    .slice(0, packet.index + 1)
    .replace(/^(?:kernel: )?\[ *\d{1,10}\.\d{1,6}\] ?/, '')
    .replace(/^[\s[:]+|[\s\]:]+$/g, '');
  draft.set('event.module', 'iptables');
  draft.set('event.dataset', 'iptables.log');
  draft.set('event.category', ['network']);
  draft.set('rule.name', prefix);
  draft.set('iptables.prefix', prefix);
  draft.set('observer.ingress.interface.name', packet[1]);
  draft.set('observer.egress.interface.name', packet[2]);
  const values = new Map<string, string>();
  const flags: string[] = [];
  for (const { key, value } of readPairs(message.slice(packet.index))) {
    // The packet that an ICMP error tells of stands in brackets behind it: the first word counts.
    if (value === '' && /^(?:SYN|ACK|FIN|RST|PSH|URG|ECE|CWR|DF|MF|CE)$/.test(key)) flags.push(key);
    else if (value !== '' && !values.has(key)) values.set(key, value);
  }
  setEnds(draft, {
    source: values.get('SRC'),
    sourcePort: port(values.get('SPT')),
    destination: values.get('DST'),
    destinationPort: port(values.get('DPT')),
    transport: transportOf(values.get('PROTO')),
  });
  const length = values.get('LEN');
  if (length !== undefined && /^\d{1,9}$/.test(length)) draft.set('network.bytes', Number(length));
  draft.set('iptables.flags', flags);
  for (const key of ['TTL', 'TOS', 'ID', 'TYPE', 'CODE', 'WINDOW', 'MARK', 'UID'] as const)
    draft.set(`iptables.${key.toLowerCase()}`, values.get(key));
  setMacs(draft, values.get('MAC'));
  const done = DONE.find(([pattern]) => pattern.test(prefix))?.[1];
  draft.set('iptables.action', done);
  draft.set('event.action', done ?? 'logged');
  draft.set(
    'event.type',
    done === 'blocked' ? ['connection', 'denied'] : done ? ['connection', 'allowed'] : ['connection', 'info'],
  );
  return true;
}

function port(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function transportOf(word: string | undefined): string | undefined {
  const numbers: Readonly<Record<string, string>> = {
    1: 'icmp',
    6: 'tcp',
    17: 'udp',
    47: 'gre',
    50: 'esp',
    58: 'ipv6-icmp',
  };
  return word === undefined ? undefined : (numbers[word] ?? word.replace(/^ICMPv6$/, 'ipv6-icmp'));
}

/** Destination, source and type of the frame in one row of bytes. */
function setMacs(draft: Draft, text: string | undefined): void {
  const bytes = text?.toUpperCase().split(':', 14);
  if (bytes?.length !== 14) return;
  draft.set('destination.mac', bytes.slice(0, 6).join('-'));
  draft.set('source.mac', bytes.slice(6, 12).join('-'));
}
