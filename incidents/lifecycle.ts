/** The states of alerts and incidents and every allowed step between them. Pure: no clock, no store. */
import { fault } from '#kernel/errors.js';
import { fail, ok, type Result } from '#kernel/result.js';
import {
  OPEN_ALERT_STATUSES,
  STAGES,
  type AlertStatus,
  type Disposition,
  type Stage,
} from '#kernel/vocabulary.js';

/** The stages that people walk through: monitor, warn, notify, dispose. */
const WALKED = STAGES.filter((stage) => stage !== 'closed');

export interface NextStage {
  readonly to: Stage;
  readonly back: boolean;
  /** A note (or reason) must be given: going back, and going forward past a stage. */
  readonly noteRequired: boolean;
}

/**
 * Where an incident can go by a step, in the order of the loop. Closing (with a conclusion) is not a step of this list
 * and neither is reopening: see `closing` and `reopening`.
 */
export function allowedNext(stage: Stage): readonly NextStage[] {
  if (stage === 'closed') return [];
  const here = WALKED.indexOf(stage);
  return WALKED.flatMap((to, there) =>
    there === here ? [] : [{ to, back: there < here, noteRequired: there !== here + 1 }],
  );
}

/** Takes an incident to another stage. Faults `invalid_transition`, `invalid_request` (a needed note is missing). */
export function stepping(from: Stage, to: Stage, note: string | undefined): Result<NextStage> {
  const allowed = allowedNext(from);
  const step = allowed.find((next) => next.to === to);
  if (step === undefined)
    return invalid(
      from,
      to,
      allowed.map((next) => next.to),
    );
  if (step.noteRequired && isBlank(note))
    return fail(
      fault('invalid_request', undefined, [
        {
          message: step.back ? 'going back needs a reason' : 'passing over a stage needs a note',
          at: '/note',
          remedy: 'say why in `note`',
        },
      ]),
    );
  return ok(step);
}

export interface Conclusion {
  readonly disposition: Disposition;
  readonly conclusion: string;
}

/** Closes an incident. Faults `invalid_transition` (closed already), `conclusion_required`. */
export function closing(
  from: Stage,
  { disposition, conclusion }: Partial<Conclusion>,
): Result<Conclusion & { readonly stage: 'closed' }> {
  if (from === 'closed') return invalid(from, 'closed', []);
  if (disposition === undefined || isBlank(conclusion)) return fail(fault('conclusion_required'));
  return ok({ stage: 'closed', disposition, conclusion: conclusion.trim() });
}

/** Opens a closed incident again, in `dispose`. Faults `invalid_transition` (it is open), `invalid_request`. */
export function reopening(from: Stage, reason: string | undefined): Result<{ readonly stage: 'dispose' }> {
  if (from !== 'closed')
    return invalid(
      from,
      'dispose',
      allowedNext(from).map((next) => next.to),
    );
  if (isBlank(reason))
    return fail(
      fault('invalid_request', undefined, [
        { message: 'reopening needs a reason', at: '/reason', remedy: 'say why in `reason`' },
      ]),
    );
  return ok({ stage: 'dispose' });
}

/** An open alert goes to any status; a resolved one opens again or closes; a closed one only opens again. */
export const ALERT_STEPS: Readonly<Record<AlertStatus, readonly AlertStatus[]>> = {
  new: ['in_progress', 'on_hold', 'resolved', 'closed'],
  in_progress: ['new', 'on_hold', 'resolved', 'closed'],
  on_hold: ['new', 'in_progress', 'resolved', 'closed'],
  resolved: ['in_progress', 'closed'],
  closed: ['in_progress'],
};

export function isOpen(status: AlertStatus): boolean {
  return OPEN_ALERT_STATUSES.includes(status);
}

/** The triage of an alert: what a change of status or conclusion is held against. */
export interface AlertTriage {
  readonly status: AlertStatus;
  readonly disposition?: Disposition;
  readonly conclusion?: string;
}

/**
 * The triage after a change. Resolving and closing need a disposition and a conclusion, given now or before; opening
 * again takes both away. The same status is no change. Faults `invalid_transition`, `conclusion_required`.
 */
export function triaging(from: AlertTriage, change: Partial<AlertTriage>): Result<AlertTriage> {
  const to = change.status ?? from.status;
  if (to !== from.status && !ALERT_STEPS[from.status].includes(to))
    return invalid(from.status, to, ALERT_STEPS[from.status]);
  const openedAgain = isOpen(to) && !isOpen(from.status);
  const before = openedAgain ? undefined : from;
  const disposition = change.disposition ?? before?.disposition;
  const conclusion = (change.conclusion ?? before?.conclusion)?.trim();
  if (!isOpen(to) && (disposition === undefined || isBlank(conclusion)))
    return fail(fault('conclusion_required'));
  return ok({ status: to, ...(disposition && { disposition }), ...(conclusion && { conclusion }) });
}

function invalid(from: string, to: string, allowed: readonly string[]) {
  return fail(fault('invalid_transition', { from, to, allowed: allowed.join(', ') || 'none' }));
}

function isBlank(text: string | undefined): text is undefined {
  return text === undefined || text.trim() === '';
}
