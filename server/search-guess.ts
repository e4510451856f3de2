/** What a typed text may be: an identifier, an address, a hash, a domain, or the name of a host or user. */
import { isIP } from 'node:net';

/** Most telling first. */
export const HIT_KINDS = [
  'alert',
  'incident',
  'event',
  'rule',
  'source',
  'ip',
  'host',
  'user',
  'domain',
  'hash',
] as const;
export type HitKind = (typeof HIT_KINDS)[number];

export interface Guess {
  readonly kind: HitKind;
  /** It names one record. */
  readonly byId: boolean;
  /** Columns of alerts, and paths of events, that would hold it. */
  readonly alertPaths: readonly string[];
  readonly eventPaths: readonly string[];
}

const PREFIXES: Readonly<Record<string, HitKind>> = {
  alr_: 'alert',
  inc_: 'incident',
  evt_: 'event',
  src_: 'source',
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const HASH_NAMES: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };
const DOMAIN =
  /^(?=.{3,253}$)(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]{1,62}\.?$/u;

const named = (kind: HitKind): Guess => ({ kind, byId: true, alertPaths: [], eventPaths: [] });
const valued = (kind: HitKind, alertPaths: readonly string[], eventPaths: readonly string[]): Guess => ({
  kind,
  byId: false,
  alertPaths,
  eventPaths,
});

/** All that it may be; the columns of alerts are asked once only. Empty for a text of several words. */
export function guessesOf(word: string): readonly Guess[] {
  const prefix = /^[a-z]{3}_(?=\w+$)/.exec(word)?.[0];
  const kind = prefix === undefined ? undefined : PREFIXES[prefix];
  if (kind) return [named(kind)];
  if (UUID.test(word)) return [named('rule')];
  if (isIP(word) !== 0)
    return [
      valued(
        'ip',
        ['sourceIp', 'destinationIp', 'clientIp', 'entity.value'],
        ['source.ip', 'destination.ip', 'client.ip', 'host.ip', 'dns.resolved_ip'],
      ),
    ];
  if (HASH.test(word)) {
    const name = HASH_NAMES[word.length] ?? 'md5';
    return [valued('hash', [], [`process.hash.${name}`, `file.hash.${name}`, `dll.hash.${name}`])];
  }
  if (/\s/.test(word)) return [];
  return [
    valued('host', ['host', 'user', 'entity.value'], ['host.name']),
    valued('user', [], ['user.name']),
    ...(DOMAIN.test(word)
      ? [valued('domain', [], ['dns.question.name', 'url.domain', 'destination.domain'])]
      : []),
  ];
}
