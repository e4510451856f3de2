/** What triage begins with, read out of one event: who to whom, which way, what the device did, how it ended. Pure. */
import ipaddr from 'ipaddr.js';
import { textOf, valuesOf, type Event, type Fields } from '#kernel/event.js';
import type { AlertEffect } from '#kernel/schema/judgement.js';
import type { DeviceAction, Direction, Outcome } from '#kernel/vocabulary.js';
import type { LoadedRule } from './types.js';

/** True of an address that lies in a network of the deployment's own. */
export type IsOwn = (address: string) => boolean;

/** Networks that are the deployment's own unless it names others: RFC 1918, RFC 4193, RFC 6598, loopback, link-local. */
export const USUAL_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** `networks` in CIDR form. A text that is no address lies nowhere. */
export function ownNetworks(networks: readonly string[] = USUAL_NETWORKS): IsOwn {
  const ranges = networks.map((network) => ipaddr.parseCIDR(network));
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network as ipaddr.IPv4, bits),
    );
  };
}

/** What follows from the fields alone. */
export type Facts = Pick<
  AlertEffect,
  'sourcePort' | 'destinationPort' | 'direction' | 'clientIp' | 'deviceAction'
>;

export function factsOf(fields: Fields, isOwn: IsOwn): Facts {
  const sourcePort = portAt(fields, 'source.port');
  const destinationPort = portAt(fields, 'destination.port');
  const direction = directionOf(fields, isOwn);
  const clientIp = clientOf(fields);
  const deviceAction = deviceActionOf(fields);
  return {
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
    ...(direction && { direction }),
    ...(clientIp !== undefined && { clientIp }),
    ...(deviceAction && { deviceAction }),
  };
}

function portAt(fields: Fields, path: string): number | undefined {
  const port = Number(textOf(fields, path));
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** ECS `network.direction`; `ingress` and `egress` are seen from the host, which is ours. */
const DIRECTION_WORDS: ReadonlyMap<string, Direction> = new Map([
  ['inbound', 'inbound'],
  ['ingress', 'inbound'],
  ['outbound', 'outbound'],
  ['egress', 'outbound'],
  ['internal', 'internal'],
  ['external', 'external'],
]);

/**
 * The event's own word, else from its two addresses. Where only the source has one and a host of ours wrote the log
 * itself (a login, a request), that host is where it went. Else undefined: one end is unknown.
 */
export function directionOf(fields: Fields, isOwn: IsOwn): Direction | undefined {
  const word = DIRECTION_WORDS.get((textOf(fields, 'network.direction') ?? '').toLowerCase());
  if (word) return word;
  const source = addressAt(fields, 'source.ip');
  if (source === undefined) return undefined;
  const destination = addressAt(fields, 'destination.ip');
  const from = isOwn(source);
  if (destination !== undefined) return between(from, isOwn(destination));
  const ownLog =
    textOf(fields, 'host.name') !== undefined && textOf(fields, 'destination.domain') === undefined;
  return ownLog ? between(from, true) : undefined;
}

function between(from: boolean, to: boolean): Direction {
  if (from) return to ? 'internal' : 'outbound';
  return to ? 'inbound' : 'external';
}

/** Where proxies say whom they speak for: RFC 7239's predecessors, under the names that shippers give them. */
const CLAIMED_CLIENT: readonly string[] = [
  'client.ip',
  'network.forwarded_ip',
  'http.request.headers.x-forwarded-for',
  'http.request.headers.x-real-ip',
  'suricata.eve.http.xff',
  'suricata.eve.xff',
  'nginx.access.http_x_forwarded_for',
  'nginx.access.remote_ip_list',
];

/** The first client that is named and is not the source itself. A header can be forged: it is a claim, not a proof. */
export function clientOf(fields: Fields): string | undefined {
  const source = textOf(fields, 'source.ip');
  for (const path of CLAIMED_CLIENT) {
    const first = textOf(fields, path)?.slice(0, 1024).split(',')[0]?.trim();
    if (first && first !== source && ipaddr.isValid(first)) return first;
  }
  return undefined;
}

function addressAt(fields: Fields, path: string): string | undefined {
  const text = textOf(fields, path);
  return text !== undefined && ipaddr.isValid(text) ? text : undefined;
}

/** Words of devices, lower case: firewalls, proxies, intrusion prevention, access lists. */
const ACTION_WORDS: ReadonlyMap<string, DeviceAction> = new Map([
  ...['allow', 'allowed', 'accept', 'accepted', 'pass', 'passed', 'permit', 'permitted', 'forwarded'].map(
    (word) => [word, 'allowed'] as const,
  ),
  ...[
    'block',
    'blocked',
    'deny',
    'denied',
    'drop',
    'dropped',
    'reject',
    'rejected',
    'reset',
    'prevented',
  ].map((word) => [word, 'blocked'] as const),
  ...['quarantine', 'quarantined', 'tcp_denied', 'firewall-drop', 'intercepted'].map(
    (word) => [word, 'blocked'] as const,
  ),
  ...['alert', 'alerted', 'log', 'logged', 'detect', 'detected', 'monitor', 'monitored'].map(
    (word) => [word, 'logged'] as const,
  ),
]);

/** Where devices say it, the most telling first. */
const ACTION_PATHS: readonly string[] = [
  'suricata.eve.alert.action',
  'cef.extensions.deviceAction',
  'cef.extensions.act',
  'squid.result',
  'iptables.action',
  'event.action',
];

/** Undefined where no device says so: a log that only tells what happened has no action. */
export function deviceActionOf(fields: Fields): DeviceAction | undefined {
  for (const path of ACTION_PATHS)
    for (const value of valuesOf(fields, path)) {
      const word = String(value).slice(0, 64).toLowerCase();
      const action = ACTION_WORDS.get(word) ?? ACTION_WORDS.get(word.split('/')[0] ?? '');
      if (action) return action;
    }
  // ECS: `event.type` of a network or intrusion event.
  const types = valuesOf(fields, 'event.type');
  if (types.includes('denied')) return 'blocked';
  return types.includes('allowed') ? 'allowed' : undefined;
}

export interface JudgedOutcome {
  readonly outcome: Outcome;
  /** Path and value in the event, or `rule`. */
  readonly reason?: string;
}

/**
 * The rule's word, else what a device did about it, else what the event says of itself. An answer 200 is no proof of a
 * success: many sites answer so to everything.
 */
export function outcomeOf(
  rule: Pick<LoadedRule, 'outcome'>,
  { fields }: Pick<Event, 'fields'>,
): JudgedOutcome {
  if (rule.outcome !== undefined) return { outcome: rule.outcome, reason: 'rule' };
  if (deviceActionOf(fields) === 'blocked') return { outcome: 'attempted', reason: 'device blocked' };
  const outcome = textOf(fields, 'event.outcome');
  if (outcome === 'success') return { outcome: 'succeeded', reason: 'event.outcome success' };
  if (outcome === 'failure') return { outcome: 'attempted', reason: 'event.outcome failure' };
  return { outcome: 'unknown' };
}
