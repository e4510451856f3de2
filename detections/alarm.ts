/**
 * What another device says when it raises an alarm of its own: its name, how grave it calls it, who says so, how it ended,
 * and which attack it is about. Pure. Decision: docs/decisions/0010.
 */
import ipaddr from 'ipaddr.js';
import { textOf, type Event, type Fields } from '#kernel/event.js';
import { SEVERITIES, type DeviceAction, type Severity } from '#kernel/vocabulary.js';
import { clientOf, deviceActionOf, outcomeOf, type IsOwn, type JudgedOutcome } from './attack-facts.js';
import type { LoadedRule } from './types.js';

/** A log may hold names of megabytes. */
const MOST_NAME = 200;

export interface Alarm {
  /** The device's own words for it; undefined where it has none. */
  readonly name: string | undefined;
  readonly severity: Severity;
  /** Vendor, product and name of the device, as far as the log tells; else the module that read the log. */
  readonly device: string;
  readonly action: DeviceAction | undefined;
  readonly outcome: JudgedOutcome;
  /** What alarms about one attack have in common; undefined where the log says nothing of it. */
  readonly attack: string | undefined;
}

export function alarmOf(rule: Pick<LoadedRule, 'level' | 'outcome'>, event: Event, isOwn: IsOwn): Alarm {
  const { fields } = event;
  const action = deviceActionOf(fields);
  const told = toldSeverity(fields) ?? rule.level;
  const name = firstText(fields, NAME_PATHS);
  return {
    name,
    // What was stopped has done no harm yet: one step lower, but still there to be seen.
    severity: action === 'blocked' && told !== 'informational' ? lowered(told) : told,
    device: deviceOf(fields) ?? event.source,
    action,
    outcome: endedHow(rule, event, action, isOwn),
    attack: attackOf(name, fields, isOwn),
  };
}

const NAME_PATHS = ['rule.name', 'cef.name', 'zeek.notice.msg', 'message'] as const;

function firstText(fields: Fields, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const text = textOf(fields, path)?.slice(0, MOST_NAME).trim();
    if (text) return text;
  }
  return undefined;
}

/**
 * The two ends of the attack, without regard to which of them the device saw first: an answer of the attacked is about
 * the same attack. The client behind a proxy of ours counts for the proxy; whom a stranger claims to speak for does not,
 * or he could make an alert of every packet. Where the log has no two ends, what was attacked and by what: the host, else
 * the user, with the file's hash or the alarm's name.
 */
function attackOf(name: string | undefined, fields: Fields, isOwn: IsOwn): string | undefined {
  const sender = textOf(fields, 'source.ip');
  const source = (sender !== undefined && isOwn(sender) ? clientOf(fields) : undefined) ?? sender;
  const destination = textOf(fields, 'destination.ip') ?? textOf(fields, 'destination.domain');
  if (source && destination) return [source, destination].map(plain).sort().join(' – ');
  const attacked = textOf(fields, 'host.name') ?? textOf(fields, 'user.name') ?? destination ?? source;
  if (!attacked) return undefined;
  const by = textOf(fields, 'file.hash.sha256') ?? textOf(fields, 'process.hash.sha256') ?? name;
  return [attacked, ...(by === undefined ? [] : [by])].map(plain).join(' – ');
}

/** One spelling of an address; other names are cut and lower case. */
function plain(end: string): string {
  return ipaddr.isValid(end) ? ipaddr.process(end).toString() : end.slice(0, MOST_NAME).toLowerCase();
}

/**
 * The host that the alarm is about. A device on the network that sends its log itself stands in `host.name`, too: it only
 * tells of the attack, and is nobody's asset in it.
 */
export function attackedHost(fields: Fields): string | undefined {
  return isReporter(fields) ? undefined : textOf(fields, 'host.name');
}

function isReporter(fields: Fields): boolean {
  return ['observer.vendor', 'source.ip', 'destination.ip'].every(
    (path) => textOf(fields, path) !== undefined,
  );
}

function deviceOf(fields: Fields): string | undefined {
  const vendor = textOf(fields, 'observer.vendor');
  const product = textOf(fields, 'observer.product');
  const name =
    textOf(fields, 'observer.name') ??
    textOf(fields, 'observer.hostname') ??
    textOf(fields, 'observer.ip') ??
    (isReporter(fields) ? textOf(fields, 'host.name') : undefined);
  // `Zeek Zeek` says nothing more.
  const make = [vendor, product === vendor ? undefined : product].filter(Boolean).join(' ');
  const said = [make || (textOf(fields, 'event.module') ?? ''), name ?? ''].filter((part) => part !== '');
  return said.length === 0 ? undefined : said.join(' · ').slice(0, MOST_NAME);
}

/** Words of devices, lower case. */
const WORDS: ReadonlyMap<string, Severity> = new Map<string, Severity>([
  ['critical', 'critical'],
  ['very-high', 'critical'],
  ['very high', 'critical'],
  ['severe', 'critical'],
  ['fatal', 'critical'],
  ['high', 'high'],
  ['major', 'high'],
  ['medium', 'medium'],
  ['moderate', 'medium'],
  ['minor', 'low'],
  ['low', 'low'],
  ['info', 'informational'],
  ['information', 'informational'],
  ['informational', 'informational'],
]);

/** Where devices write such a word: our CEF, and the integrations that ship logs in ECS. */
const WORD_PATHS = [
  'cef.severity',
  'crowdstrike.event.SeverityName',
  'm365_defender.alert.severity',
  'microsoft.defender_endpoint.severity',
  'panw.panos.severity',
  'log.level',
] as const;

/** By `event.module`: the sensors whose 1 is the gravest, as Suricata's and Snort's classifications count. */
const ONE_IS_GRAVEST = new Set(['suricata', 'snort']);

/** Least number of each severity. CEF (ArcSight Common Event Format, _Severity_): 0–3, 4–6, 7–8, 9–10. */
const OF_TEN = [0, 0, 4, 7, 9] as const;
/** AWS Security Finding Format, `Severity.Normalized`: 0, 1–39, 40–69, 70–89, 90–100. */
const OF_HUNDRED = [0, 1, 40, 70, 90] as const;

/** Undefined where the device does not say: what ECS leaves to each (`event.severity`) is read by the device's scale. */
function toldSeverity(fields: Fields): Severity | undefined {
  for (const path of WORD_PATHS) {
    const word = WORDS.get((textOf(fields, path) ?? '').toLowerCase());
    if (word) return word;
  }
  const number = Number(textOf(fields, 'event.severity') || Number.NaN);
  if (!(number >= 0 && number <= 100)) return undefined;
  if (ONE_IS_GRAVEST.has(textOf(fields, 'event.module') ?? ''))
    return SEVERITIES[Math.max(0, 4 - Math.max(1, Math.round(number)))];
  const least = number > 10 ? OF_HUNDRED : OF_TEN;
  return SEVERITIES[least.findLastIndex((from) => number >= from)];
}

function lowered(severity: Severity): Severity {
  return SEVERITIES[Math.max(1, SEVERITIES.indexOf(severity) - 1)] as Severity;
}

/** Classes that mean that something inside is in other hands already, in the words of Suricata's and Snort's classifications. */
const IN_OTHER_HANDS = /command and control|\bc2\b|trojan was detected|successful credential theft/i;
const SUCCEEDED = /^successful\b/i;
const ATTEMPTED = /^(?:attempted|unsuccessful)\b/i;

function endedHow(
  rule: Pick<LoadedRule, 'outcome'>,
  event: Event,
  action: DeviceAction | undefined,
  isOwn: IsOwn,
): JudgedOutcome {
  const known = outcomeOf(rule, event);
  if (known.reason === 'rule' || action === 'blocked') return known;
  const category = textOf(event.fields, 'rule.category')?.slice(0, MOST_NAME) ?? '';
  const reason = `rule.category ${category}`;
  if (IN_OTHER_HANDS.test(category) && isOwn(textOf(event.fields, 'source.ip') ?? ''))
    return { outcome: 'compromised', reason };
  if (SUCCEEDED.test(category)) return { outcome: 'succeeded', reason };
  return ATTEMPTED.test(category) ? { outcome: 'attempted', reason } : known;
}
