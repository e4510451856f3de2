/** What an effect of a judgement makes of an alert. Pure: times are those of the events and the judgement. */
import { iso } from '#kernel/clock.js';
import { DeferredEntities } from '#kernel/deferred-entities.js';
import { joinDevices } from '#kernel/reporting-devices.js';
import { MOST_EVIDENCE, type Alert, type MatchedEvent } from '#kernel/schema/alert.js';
import type { AlertEffect } from '#kernel/schema/judgement.js';
import { laxestAction, severityRank, type Outcome } from '#kernel/vocabulary.js';
import { isOpen } from '../lifecycle.js';

const MOST_SAMPLES = 10;
const WORST_LAST: readonly Outcome[] = ['unknown', 'attempted', 'succeeded', 'compromised'];

export function worstOutcome(a: Outcome, b: Outcome): Outcome {
  return WORST_LAST.indexOf(a) >= WORST_LAST.indexOf(b) ? a : b;
}

export function createdAlert(effect: AlertEffect, applied: Alert['applied'], judgedAt: string): Alert {
  const { rule, severity, unit, realm, classification, entity, groupKey, outcome } = effect;
  return {
    id: effect.alert,
    unit,
    realm,
    classification,
    rule,
    title: effect.title ?? rule.title,
    severity,
    status: 'new',
    entity,
    groupKey,
    count: effect.count,
    firstEventAt: iso(effect.firstEventMs),
    lastEventAt: iso(effect.lastEventMs),
    raisedAt: judgedAt,
    updatedAt: judgedAt,
    latenessMs: Math.max(0, effect.latenessMs),
    outcome,
    ...(effect.outcomeReason !== undefined && { outcomeReason: effect.outcomeReason }),
    ...present(effect),
    first: effect.first,
    last: effect.last,
    samples: samplesOf(effect.samples, effect.first, effect.last),
    ...(effect.evidence && { evidence: effect.evidence }),
    ...(effect.devices && { devices: effect.devices }),
    ...(effect.deferred && { deferred: effect.deferred }),
    applied,
  };
}

/** Joins further matches. An alert that is not open any more opens again, without its conclusion. */
export function mergedAlert(
  alert: Alert,
  effect: AlertEffect,
  applied: Alert['applied'],
  judgedAt: string,
): Alert {
  const first = effect.firstEventMs < Date.parse(alert.firstEventAt) ? effect.first : alert.first;
  const last = effect.lastEventMs >= Date.parse(alert.lastEventAt) ? effect.last : alert.last;
  const { disposition: _disposition, conclusion: _conclusion, ...unconcluded } = alert;
  const base: Alert = isOpen(alert.status)
    ? alert
    : { ...unconcluded, status: alert.assignee === undefined ? 'new' : 'in_progress', reopened: true };
  return {
    ...base,
    ...present(effect),
    ...present(alert),
    ...gravestOf(alert, effect),
    classification:
      alert.classification >= effect.classification ? alert.classification : effect.classification,
    ...outcomeOf(alert, effect),
    ...actionOf(alert, effect),
    count: alert.count + effect.count,
    firstEventAt: earlier(alert.firstEventAt, iso(effect.firstEventMs)),
    lastEventAt: later(alert.lastEventAt, iso(effect.lastEventMs)),
    updatedAt: later(alert.updatedAt, judgedAt),
    latenessMs: Math.max(alert.latenessMs, effect.latenessMs),
    first,
    last,
    samples:
      // The usual case in a storm: the row is full, and nothing needs to be looked through.
      alert.samples.length >= MOST_SAMPLES && first === alert.first
        ? withoutEvent(alert.samples, last)
        : samplesOf(
            [...alert.samples, alert.first, alert.last, effect.first, ...effect.samples, effect.last],
            first,
            last,
          ),
    ...evidenceOf(alert, effect),
    ...devicesOf(alert, effect),
    ...deferredOf(alert, effect),
    applied,
  };
}

/** A graver alarm gives the alert its title, too. */
function gravestOf(alert: Alert, { severity, title }: AlertEffect): Pick<Alert, 'severity' | 'title'> {
  return severityRank(severity) > severityRank(alert.severity)
    ? { severity, title: title ?? alert.title }
    : { severity: alert.severity, title: alert.title };
}

function devicesOf(alert: Alert, { devices }: AlertEffect): Pick<Alert, 'devices'> {
  return devices === undefined ? {} : { devices: joinDevices(alert.devices ?? [], devices) };
}

function deferredOf(alert: Alert, { deferred }: AlertEffect): Pick<Alert, 'deferred'> {
  if (deferred === undefined) return {};
  const joined = new DeferredEntities();
  if (alert.deferred) joined.join(alert.deferred);
  return { deferred: joined.join(deferred).all() };
}

/** An effect names what none before it has named. */
function evidenceOf(alert: Alert, { evidence }: AlertEffect): Pick<Alert, 'evidence'> {
  if (evidence === undefined) return {};
  const { total, events } = alert.evidence ?? { total: 0, events: [] };
  return {
    evidence: {
      total: total + evidence.total,
      events: [...events, ...evidence.events].slice(0, MOST_EVIDENCE),
    },
  };
}

/** The first distinct ones that are neither first nor last. */
function samplesOf(
  candidates: readonly MatchedEvent[],
  first: MatchedEvent,
  last: MatchedEvent,
): MatchedEvent[] {
  const seen = new Set([first.event.id, last.event.id]);
  const samples: MatchedEvent[] = [];
  for (const candidate of candidates) {
    if (samples.length === MOST_SAMPLES) break;
    if (seen.has(candidate.event.id)) continue;
    seen.add(candidate.event.id);
    samples.push(candidate);
  }
  return samples;
}

function withoutEvent(samples: MatchedEvent[], { event }: MatchedEvent): MatchedEvent[] {
  return samples.some((sample) => sample.event.id === event.id)
    ? samples.filter((sample) => sample.event.id !== event.id)
    : samples;
}

const FACTS = [
  'host',
  'user',
  'sourceIp',
  'sourcePort',
  'destinationIp',
  'destinationPort',
  'direction',
  'clientIp',
  'deviceAction',
  'sample',
] as const;

/** The facts that are there: an absent one does not hide one that is known. */
function present(of: Pick<AlertEffect, (typeof FACTS)[number]>) {
  return Object.fromEntries(
    FACTS.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]])),
  ) as Partial<Pick<AlertEffect, (typeof FACTS)[number]>>;
}

function actionOf(alert: Alert, effect: AlertEffect): Pick<Alert, 'deviceAction'> {
  const deviceAction = laxestAction(alert.deviceAction, effect.deviceAction);
  return deviceAction ? { deviceAction } : {};
}

/** The reason goes with the outcome that it explains. */
function outcomeOf(alert: Alert, effect: AlertEffect): Pick<Alert, 'outcome' | 'outcomeReason'> {
  const told = worstOutcome(alert.outcome, effect.outcome) === alert.outcome ? alert : effect;
  const { outcome, outcomeReason } = told;
  return { outcome, ...(outcomeReason !== undefined && { outcomeReason }) };
}

// Instants of one fixed form (UTC, milliseconds, four-digit years) compare as text.
function earlier(a: string, b: string): string {
  return a <= b ? a : b;
}
function later(a: string, b: string): string {
  return a >= b ? a : b;
}
