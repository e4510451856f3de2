/** What one rule's matches about one entity become: the effect on an alert. Pure. */
import { createHash } from 'node:crypto';
import { base32Of } from '#kernel/base32.js';
import { DeferredEntities } from '#kernel/deferred-entities.js';
import { SAMPLE_PATH, textOf, type Event, type Fields, type FieldValue } from '#kernel/event.js';
import { fold } from '#kernel/query/fold.js';
import { joinDevices } from '#kernel/reporting-devices.js';
import {
  MOST_EVIDENCE,
  type Entity,
  type EventReference,
  type Evidence,
  type MatchedEvent,
  type MatchedValue,
  type ReportingDevice,
} from '#kernel/schema/alert.js';
import type { AlertEffect } from '#kernel/schema/judgement.js';
import {
  laxestAction,
  severityRank,
  type DeviceAction,
  type Outcome,
  type Severity,
} from '#kernel/vocabulary.js';
import { attackedHost, type Alarm } from './alarm.js';
import type { Firing } from './correlation/correlator.js';
import { deviceActionOf, factsOf, type IsOwn, type JudgedOutcome } from './attack-facts.js';
import type { EntityKind, LoadedRule } from './types.js';

/** Copies of events that an effect holds besides first and last. */
const MOST_SAMPLES = 10;
const MOST_VALUE_BYTES = 32 * 1024;
/** A log may hold a host name of megabytes; what is grouped by and shown is cut. */
const MOST_NAME_LENGTH = 256;

const ENTITY_PATHS: readonly (readonly [EntityKind, string])[] = [
  ['host', 'host.name'],
  ['source_ip', 'source.ip'],
  ['user', 'user.name'],
];

/** The rule's choice if the event has it, else the first that the event has of host name, source address, user name, source. */
export function entityOf(rule: LoadedRule, event: Event): Entity {
  if (rule.entity === 'none') return { kind: 'none', value: '' };
  const chosen = ENTITY_PATHS.find(([kind]) => kind === rule.entity);
  if (rule.entity !== 'source')
    for (const [kind, path] of chosen ? [chosen, ...ENTITY_PATHS] : ENTITY_PATHS) {
      const value = nameAt(event.fields, path);
      if (value !== undefined) return { kind, value };
    }
  return { kind: 'source', value: event.source };
}

/**
 * Rule × entity × unit × realm in readable text. Unit and realm hold no `|`, so the key can be read from its end. What
 * comes out of a recording never joins what is real.
 */
export function groupKeyOf(rule: LoadedRule, entity: Entity, event: Event): string {
  return keyOf(rule, `${entity.kind}:${entity.value}`, placeOf(event));
}

/** Of alarms: what attack they are about, in place of the entity; undefined where they do not say. */
export function alarmKeyOf(rule: LoadedRule, { attack }: Alarm, event: Event): string | undefined {
  return attack === undefined ? undefined : keyOf(rule, `attack:${attack}`, placeOf(event));
}

type Place = Pick<Firing['anchor'], 'unit' | 'realm' | 'sample'>;

function placeOf({ fields, unit, realm }: Event): Place {
  return { unit, realm, sample: sampleOf(fields) };
}

function keyOf({ id }: LoadedRule, about: string, { unit, realm, sample }: Place): string {
  const key = `${id}|${about}|${unit}|${realm}`;
  return sample === undefined ? key : `sample:${sample}|${key}`;
}

/**
 * Correlation × its group × unit × realm: two groups never share an alert, though they may share an entity. What comes out
 * of a recording stays apart, as above.
 */
export function correlatedKeyOf({ definition, group, anchor }: Firing): string {
  return keyOf(definition.rule, `group:${JSON.stringify(group.values.map(fold))}`, anchor);
}

/** Of all that the rule had no alerts for, within unit and realm. */
export function floodKeyOf(rule: LoadedRule, event: Event): string {
  return keyOf(rule, 'flood:', placeOf(event));
}

/** The recording that an event was replayed from. */
export function sampleOf(fields: Fields): string | undefined {
  return nameAt(fields, SAMPLE_PATH);
}

/** The same judgement gives the same alert its identifier, however often it is made. */
export function alertIdOf(judgement: string, groupKey: string): string {
  const digest = createHash('sha256').update(`${judgement} ${groupKey}`).digest('binary');
  return `alr_${base32Of(digest)}`;
}

/** A full copy; text values over 32 KiB are cut. */
export function matchedEventOf(event: Event, matched: readonly MatchedValue[]): MatchedEvent {
  const truncated: string[] = [];
  const fields: Record<string, string | number | boolean | (string | number | boolean)[]> = {};
  for (const [path, value] of Object.entries(event.fields)) {
    const cut = cutValue(value);
    if (cut !== value) truncated.push(path);
    fields[path] = cut as (typeof fields)[string];
  }
  return { event: { ...event, fields }, matched: [...matched], ...(truncated.length > 0 && { truncated }) };
}

function cutValue(value: FieldValue): FieldValue {
  if (typeof value === 'string') return cutText(value);
  if (typeof value !== 'object') return value;
  const cut = value.map((item) => (typeof item === 'string' ? cutText(item) : item));
  return cut.some((item, index) => item !== value[index]) ? cut : value;
}

function cutText(text: string): string {
  // A character takes at most three bytes for each UTF-16 unit.
  if (text.length * 3 <= MOST_VALUE_BYTES) return text;
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MOST_VALUE_BYTES) return text;
  let end = MOST_VALUE_BYTES;
  // Not within a character: its further bytes begin with the bits 10.
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

function nameAt(fields: Fields, path: string): string | undefined {
  const text = textOf(fields, path);
  return text === undefined || text === '' ? undefined : text.slice(0, MOST_NAME_LENGTH);
}

/** A match with its event. */
export interface Hit {
  readonly event: Event;
  readonly matched: readonly MatchedValue[];
}

/** Of a correlation: the events that it names. */
class Gathered {
  readonly #events: EventReference[] = [];
  #total = 0;
  firstMs = Infinity;
  lastMs = -Infinity;
  latenessMs = -Infinity;
  classification: 1 | 2 | 3 = 1;

  add({ evidence, anchor }: Firing): void {
    this.#total += evidence.length;
    for (const { id, seq, timeMs, rule } of evidence) {
      if (this.#events.length === MOST_EVIDENCE) break;
      this.#events.push({ id, seq, timeMs, rule });
    }
    for (const { timeMs, ingestedMs, classification } of [...evidence, anchor]) {
      this.firstMs = Math.min(this.firstMs, timeMs);
      this.lastMs = Math.max(this.lastMs, timeMs);
      this.latenessMs = Math.max(this.latenessMs, ingestedMs - timeMs);
      if (classification > this.classification) this.classification = classification;
    }
  }

  evidence(): Evidence {
    return { total: this.#total, events: this.#events };
  }
}

/** Of alarms of other devices: who raised them, and the gravest. */
class Alarms {
  #devices: readonly ReportingDevice[] = [];
  severity: Severity = 'informational';
  title: string | undefined;

  add({ name, severity, device, action }: Alarm): void {
    const alarms = name === undefined ? [] : [name];
    const reporting = { name: device, alarms, count: 1, severity, ...(action && { action }) };
    this.#devices = joinDevices(this.#devices, [reporting]);
    const isGraver = severityRank(severity) > severityRank(this.severity);
    if (isGraver || this.title === undefined) this.title = name ?? this.title;
    if (isGraver) this.severity = severity;
  }

  said(): Pick<AlertEffect, 'severity' | 'title' | 'devices'> {
    const title = this.title;
    return {
      severity: this.severity,
      ...(title !== undefined && { title }),
      devices: [...this.#devices],
    };
  }
}

const WORST_LAST: readonly Outcome[] = ['unknown', 'attempted', 'succeeded', 'compromised'];

/** How a match is told of. */
export interface Telling {
  readonly outcome: JudgedOutcome;
  /** It is that of a correlation, and the event the one that made it show. */
  readonly firing?: Firing;
  /** It is another device's. */
  readonly alarm?: Alarm;
  /** It has no alert of its own, which would have been about this. */
  readonly deferred?: Entity;
}

/** Gathers the matches of one group within a judgement. Order of the calls is that of the sequence. */
export class MatchGroup {
  readonly rule: LoadedRule;
  readonly groupKey: string;
  readonly #entity: Entity;
  /** The earliest accepted ones: enough for all samples beside first and last. */
  readonly #hits: Hit[] = [];
  #first: Hit;
  #last: Hit;
  #outcome: JudgedOutcome = { outcome: 'unknown' };
  #classification: 1 | 2 | 3 = 1;
  #latenessMs = 0;
  #action: DeviceAction | undefined;
  #gathered: Gathered | undefined;
  #alarms: Alarms | undefined;
  #deferred: DeferredEntities | undefined;
  count = 0;

  constructor(rule: LoadedRule, groupKey: string, entity: Entity, hit: Hit) {
    this.rule = rule;
    this.groupKey = groupKey;
    this.#entity = entity;
    this.#first = hit;
    this.#last = hit;
  }

  add(hit: Hit, { outcome, firing, alarm, deferred }: Telling): void {
    const { event } = hit;
    if (firing) (this.#gathered ??= new Gathered()).add(firing);
    if (deferred) (this.#deferred ??= new DeferredEntities()).add(deferred);
    // A flood is about no attack in particular.
    else if (alarm) (this.#alarms ??= new Alarms()).add(alarm);
    this.#action = laxestAction(this.#action, alarm ? alarm.action : deviceActionOf(event.fields));
    this.count++;
    if (this.#hits.length < MOST_SAMPLES + 2) this.#hits.push(hit);
    if (event.timeMs < this.#first.event.timeMs) this.#first = hit;
    if (event.timeMs >= this.#last.event.timeMs) this.#last = hit;
    if (WORST_LAST.indexOf(outcome.outcome) > WORST_LAST.indexOf(this.#outcome.outcome))
      this.#outcome = outcome;
    if (event.classification > this.#classification) this.#classification = event.classification;
    this.#latenessMs = Math.max(this.#latenessMs, event.ingestedMs - event.timeMs);
  }

  get classification(): 1 | 2 | 3 {
    const gathered = this.#gathered?.classification ?? 1;
    return gathered > this.#classification ? gathered : this.#classification;
  }

  /** `open`: the alert that stands for the group now. */
  effect(judgement: string, open: string | undefined, isOwn: IsOwn): AlertEffect {
    const first = this.#first;
    const last = this.#last;
    const gathered = this.#gathered;
    const { unit, realm, fields } = first.event;
    const copies = new Map<Hit, MatchedEvent>();
    const copy = (hit: Hit): MatchedEvent => {
      const made = copies.get(hit) ?? matchedEventOf(hit.event, hit.matched);
      copies.set(hit, made);
      return made;
    };
    const sample = sampleOf(fields);
    return {
      kind: open === undefined ? 'create' : 'merge',
      alert: open ?? alertIdOf(judgement, this.groupKey),
      groupKey: this.groupKey,
      rule: this.rule.reference,
      severity: this.rule.level,
      unit,
      realm,
      classification: this.classification,
      entity: this.#entity,
      outcome: this.#outcome.outcome,
      ...(this.#outcome.reason !== undefined && { outcomeReason: this.#outcome.reason }),
      ...(this.#deferred ? { deferred: this.#deferred.all() } : this.#facts(fields, isOwn)),
      ...(sample !== undefined && { sample }),
      count: this.count,
      firstEventMs: Math.min(first.event.timeMs, gathered?.firstMs ?? Infinity),
      lastEventMs: Math.max(last.event.timeMs, gathered?.lastMs ?? -Infinity),
      latenessMs: Math.max(this.#latenessMs, gathered?.latenessMs ?? -Infinity),
      first: copy(first),
      last: copy(last),
      samples: this.#hits
        .filter((hit) => hit !== first && hit !== last)
        .slice(0, MOST_SAMPLES)
        .map(copy),
      ...(gathered && { evidence: gathered.evidence() }),
      ...this.#alarms?.said(),
    };
  }

  #facts(fields: Fields, isOwn: IsOwn) {
    const host = this.#alarms && attackedHost(fields) === undefined ? undefined : nameAt(fields, 'host.name');
    const user = nameAt(fields, 'user.name');
    const sourceIp = nameAt(fields, 'source.ip');
    const destinationIp = nameAt(fields, 'destination.ip');
    return {
      ...factsOf(fields, isOwn),
      ...(this.#action && { deviceAction: this.#action }),
      ...(host !== undefined && { host }),
      ...(user !== undefined && { user }),
      ...(sourceIp !== undefined && { sourceIp }),
      ...(destinationIp !== undefined && { destinationIp }),
    };
  }
}
