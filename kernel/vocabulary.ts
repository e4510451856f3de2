/** The closed word lists of the product. The console has a message for each in both languages. */

/** Technical severity, Sigma's levels, lowest first. Not the legal grade. */
export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** 事件级别: the legal grade, lowest first: 一般 (IV), 较大 (III), 重大 (II), 特别重大 (I). Never the severity. */
export const GRADES = ['ordinary', 'relatively_serious', 'serious', 'especially_serious'] as const;
export type Grade = (typeof GRADES)[number];

/** 4 for IV 一般, down to 1 for I 特别重大. */
export function gradeLevel(grade: Grade): number {
  return GRADES.length - GRADES.indexOf(grade);
}

/** 预警: the colour that answers to each grade, lowest first. */
export const WARNING_COLOURS = ['blue', 'yellow', 'orange', 'red'] as const;
export type WarningColour = (typeof WARNING_COLOURS)[number];

/** Alert status after OCSF. */
export const ALERT_STATUSES = ['new', 'in_progress', 'on_hold', 'resolved', 'closed'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];
export const OPEN_ALERT_STATUSES: readonly AlertStatus[] = ['new', 'in_progress', 'on_hold'];

/** 研判结论: what triage concluded. */
export const DISPOSITIONS = [
  'true_positive_impact',
  'true_positive_no_impact',
  'legitimate',
  'false_positive',
  'duplicate',
  'unknown',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** 攻击结果: 尝试, 成功, 失陷, 未知. */
export const OUTCOMES = ['attempted', 'succeeded', 'compromised', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * How much an outcome presses: compromised, then succeeded, then the rest alike, since that nobody knows whether an
 * attack succeeded is no reason to pass over a graver attempt.
 */
export function outcomeUrgency(outcome: Outcome): number {
  return outcome === 'compromised' ? 2 : outcome === 'succeeded' ? 1 : 0;
}

/** Which way the connection goes, seen from the networks that are ours. */
export const DIRECTIONS = ['inbound', 'outbound', 'internal', 'external'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What the device that saw it did about it. */
export const DEVICE_ACTIONS = ['allowed', 'blocked', 'logged'] as const;
export type DeviceAction = (typeof DEVICE_ACTIONS)[number];
/** Of several events: what was let through once counts, however often it was blocked. */
export function laxestAction(
  a: DeviceAction | undefined,
  b: DeviceAction | undefined,
): DeviceAction | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === 'allowed' || b === 'allowed' ? 'allowed' : a === 'logged' || b === 'logged' ? 'logged' : a;
}

/** The loop 监测 → 预警 → 通报 → 处置, and the end. */
export const STAGES = ['monitor', 'warn', 'notify', 'dispose', 'closed'] as const;
export type Stage = (typeof STAGES)[number];

export const ROLES = ['viewer', 'analyst', 'lead', 'system', 'security', 'audit'] as const;
export type Role = (typeof ROLES)[number];
/** 三员: kept apart; one account holds at most one of them, and `audit` goes with no other role. */
export const ADMINISTRATORS: readonly Role[] = ['system', 'security', 'audit'];

/** Scopes of API keys. */
export const KEY_SCOPES = [
  'ingest',
  'events:read',
  'alerts:read',
  'alerts:write',
  'incidents:read',
  'incidents:write',
  'rules:read',
  'rules:write',
  'admin',
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export const SOURCE_KINDS = ['syslog', 'http', 'file', 'journald', 'replay', 'platform'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
